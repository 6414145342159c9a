import type { FastifyInstance } from 'fastify';
import { createPseudonymiser } from '../audit/pseudonym.ts';
import { readExplorerFiles } from '../explorer/explorer-files.ts';
import { registerExplorerRoutes } from '../explorer/explorer-routes.ts';
import { createGateway, type HubGateway } from '../gateway.ts';
import { createAnswerCommitment } from '../keys/answer-commitment.ts';
import { createPageCursors } from '../keys/page-cursor.ts';
import { createResidentReference } from '../keys/resident-reference.ts';
import type { Logger } from '../logger.ts';
import { chinaDate } from '../policies/calendar.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import type { ConnectorSet } from '../registry/connector-set.ts';
import { createAdmission } from '../request/admission.ts';
import { createApolloServer } from '../request/apollo-server.ts';
import type { ExecuteParts } from '../request/execute.ts';
import { createGeneration } from '../request/generation.ts';
import { createHttpServer } from '../request/http-server.ts';
import { isUnderPressure } from '../request/is-under-pressure.ts';
import { registerGraphqlRoute } from '../request/request.ts';
import type { RequestParts } from '../request/request-parts.ts';
import { summariseRefusals } from '../request/summarise-refusals.ts';
import { createVisits } from '../request/visit.ts';
import { isResidentKey } from '../resident/entity-key.ts';
import { createAccessRecords } from '../resolvers/access-records.ts';
import { createExplainAccess } from '../resolvers/explain-access.ts';
import { attachResolvers } from '../resolvers/planned.ts';
import { createSubgraph } from '../resolvers/subgraph.ts';
import type { Closers } from './closers.ts';
import { endServing } from './end-serving.ts';
import { findProblems } from './find-problems.ts';
import type { Foundation } from './lay-foundation.ts';
import { limitReports } from './limit-reports.ts';
import type { Audit } from './open-audit.ts';
import { openAuthentication } from './open-authentication.ts';
import { openTelemetry } from './open-telemetry.ts';

export interface Server {
  readonly fastify: FastifyInstance;
  readonly gateway: HubGateway;
  /** From now on nobody is let in, and `/readyz` says so. */
  shut(): void;
}

/** Builds the server with its routes; nothing listens yet. */
export async function serve(
  foundation: Foundation,
  audit: Audit,
  keeper: PolicyKeeper,
  connectors: ConnectorSet,
  closers: Closers,
): Promise<Server> {
  const { config, graph, keys, now, logger } = foundation;
  const references = createResidentReference(keys);
  const pseudonymiser = createPseudonymiser(keys.key('subject-pseudonym').derive('log'));
  const parts: ExecuteParts = {
    limits: config.limits,
    policy: () => keeper.current().policy,
    inForce: () => {
      const { agreements, purposes } = keeper.current();
      return { agreements, purposes };
    },
    connectors: () => connectors.current(),
    references,
    cursors: createPageCursors(keys),
    now,
    onFindings: (findings) => logger.warn(findings, 'a source could not be used as it should'),
    onUnknown: (error, story) => logger.error({ requestId: story.requestId, err: error }, 'unforeseen'),
  };
  const accessRecords = createAccessRecords({
    sql: audit.sql,
    catchUp: () => audit.projector.catchUp(),
    pseudonymiser,
    departments: () => [
      ...new Set([...keeper.current().clients.values()].map(({ department }) => department)),
    ],
    reveal: (client, reference) => {
      const key = references.reveal(client, reference);
      return key && isResidentKey(key) ? key : undefined;
    },
    now,
  });
  const explanations = createExplainAccess({
    limits: config.limits,
    inForce: () => keeper.current(),
    now,
    today: () => chinaDate(now()),
  });
  const subgraph = createSubgraph({ policy: parts.policy, now });
  attachResolvers(graph, { accessRecords, ...explanations, ...subgraph });
  const gateway = createGateway(createGeneration(graph, config.limits), parts);
  const apollo = createApolloServer(gateway, logger.child({ part: 'apollo' }, { level: 'error' }));
  await apollo.start();
  closers.add(() => apollo.stop());
  const isDraining = () => admission.isShut;
  const server = await createHttpServer({
    limits: config.limits,
    trustProxy: config.trustProxy,
    findProblems: () => [...(isDraining() ? ['draining'] : []), ...findProblems(keeper, audit.log)],
    refusals: {
      countOutside: (request, code) => admission.countOutside(request, code),
      countUnreadable: (address, code) => admission.countUnreadable(address, code),
    },
    receiptKey: keys.receipt.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  if (config.isExplorerOn) registerExplorerRoutes(server, await readExplorerFiles());
  const admission = createAdmission(server, config.limits, audit.log, () =>
    isUnderPressure(server.memoryUsage(), config.limits),
  );
  const telemetry = await openTelemetry(config, audit.log, () => visits.count, closers);
  const visits = createVisits(config.limits, now, telemetry);
  closers.add(
    summariseRefusals({
      take: admission.takeSummaries,
      log: audit.log,
      now,
      report: ({ subject, ...summary }) =>
        logger.warn({ ...summary, client: subject?.client }, 'refusals were not recorded one by one'),
    }),
  );
  closers.add(() => endServing(server, admission, visits, foundation));
  await registerGraphqlRoute(server, {
    isSandbox: config.isSandbox,
    limits: config.limits,
    apollo,
    gateway,
    policy: parts.policy,
    authentication: await openAuthentication(foundation, keeper),
    admission,
    visits,
    log: audit.log,
    pseudonymiser,
    commit: createAnswerCommitment(keys),
    now,
    onUnknown: parts.onUnknown,
    onRefusedToken: reportRefusedTokens(logger),
  });
  return { fastify: server, gateway, shut: admission.shut };
}

/** Callers are told the same whatever is wrong with a token; the operator finds the reason by the request's id. */
function reportRefusedTokens(logger: Logger): RequestParts['onRefusedToken'] {
  const report = limitReports((reason, fields) => logger.warn({ reason, ...fields }, 'a token was refused'), {
    perMinute: 60,
  });
  return (reason, { requestId }) => report(reason, { requestId });
}
