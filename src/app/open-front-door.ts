import type { FastifyInstance } from 'fastify';
import { readExplorerFiles } from '../explorer/explorer-files.ts';
import { registerExplorerRoutes } from '../explorer/explorer-routes.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import { type Admission, createAdmission } from '../request/admission.ts';
import { createHttpServer } from '../request/http-server.ts';
import { isUnderPressure } from '../request/is-under-pressure.ts';
import { summariseRefusals } from '../request/summarise-refusals.ts';
import type { Closers } from './closers.ts';
import { findProblems } from './find-problems.ts';
import type { Foundation } from './lay-foundation.ts';
import type { Audit } from './open-audit.ts';

export interface FrontDoor {
  readonly server: FastifyInstance;
  readonly admission: Admission;
}

/** The HTTP server with all that anybody may ask, and who decides who is let in to the rest. */
export async function openFrontDoor(
  { config, keys, now, logger }: Foundation,
  { log }: Audit,
  keeper: PolicyKeeper,
  closers: Closers,
): Promise<FrontDoor> {
  const isDraining = () => admission.isShut;
  const server = await createHttpServer({
    limits: config.limits,
    trustProxy: config.trustProxy,
    findProblems: () => [...(isDraining() ? ['draining'] : []), ...findProblems(keeper, log)],
    refusals: {
      countOutside: (request, code) => admission.countOutside(request, code),
      countUnreadable: (address, code) => admission.countUnreadable(address, code),
    },
    receiptKey: keys.receipt.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  if (config.isExplorerOn) registerExplorerRoutes(server, await readExplorerFiles());
  const admission = createAdmission(server, config.limits, log, () =>
    isUnderPressure(server.memoryUsage(), config.limits),
  );
  const report: Parameters<typeof summariseRefusals>[0]['report'] = ({ subject, ...summary }) =>
    logger.warn({ ...summary, client: subject?.client }, 'refusals were not recorded one by one');
  closers.add(summariseRefusals({ take: admission.takeSummaries, log, now, report }));
  return { server, admission };
}
