import type { Verb } from './operator-command.ts';
import { printReport } from './print-report.ts';

/** The verb that names one object, and says why where the reason is asked for. `next` is what follows from it, for whoever did it. */
export function changeStatus(
  path: string,
  { needsReason = false, next }: { readonly needsReason?: boolean; readonly next: string },
): Verb {
  return ({ positionals: [id, ...rest], reason }) => {
    if (id === undefined || rest.length > 0 || (needsReason && !reason)) return undefined;
    return async (hub, print) => printReport(await hub.post(path, { id, reason }), print, next);
  };
}
