import type { Verb } from './operator-command.ts';
import { printReport } from './print-report.ts';

/** The verb that names one object, and says why where the reason is asked for. */
export function changeStatus(
  path: string,
  { needsReason = false }: { readonly needsReason?: boolean } = {},
): Verb {
  return ({ positionals: [id, ...rest], reason }) => {
    if (id === undefined || rest.length > 0 || (needsReason && !reason)) return undefined;
    return async (hub, print) => printReport(await hub.post(path, { id, reason }), print);
  };
}
