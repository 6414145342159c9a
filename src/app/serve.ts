import type { FastifyInstance } from 'fastify';
import { createPseudonymiser } from '../audit/pseudonym.ts';
import { createGateway, type HubGateway } from '../gateway.ts';
import { createAnswerCommitment } from '../keys/answer-commitment.ts';
import type { Logger } from '../logger.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import type { ConnectorSet } from '../registry/connector-set.ts';
import { createApolloServer } from '../request/apollo-server.ts';
import { createGeneration } from '../request/generation.ts';
import { registerGraphqlRoute } from '../request/request.ts';
import type { RequestParts } from '../request/request-parts.ts';
import { createVisits, type Visits } from '../request/visit.ts';
import { attachHubFields } from './attach-hub-fields.ts';
import type { Closers } from './closers.ts';
import { composeExecution } from './compose-execution.ts';
import { endServing } from './end-serving.ts';
import type { Foundation } from './lay-foundation.ts';
import { limitReports } from './limit-reports.ts';
import type { Audit } from './open-audit.ts';
import { openAuthentication } from './open-authentication.ts';
import { openFrontDoor } from './open-front-door.ts';
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
  const parts = composeExecution(foundation, keeper, connectors);
  const pseudonymiser = createPseudonymiser(keys.key('subject-pseudonym').derive('log'));
  attachHubFields(foundation, audit, keeper, { ...parts, pseudonymiser });
  const gateway = createGateway(createGeneration(graph, config.limits), parts);
  const apollo = await startApollo(gateway, logger, closers);
  const { server, admission } = await openFrontDoor(foundation, audit, keeper, closers);
  const visits = await openVisits(server, foundation, audit, closers);
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
    onAnswered: reportAnswers(logger),
  });
  return { fastify: server, gateway, shut: admission.shut };
}

async function startApollo(gateway: HubGateway, logger: Logger, closers: Closers) {
  const apollo = createApolloServer(gateway, logger.child({ part: 'apollo' }, { level: 'error' }));
  await apollo.start();
  closers.add(() => apollo.stop());
  return apollo;
}

async function openVisits(
  server: FastifyInstance,
  { config, now }: Foundation,
  { log }: Audit,
  closers: Closers,
): Promise<Visits> {
  const telemetry = await openTelemetry(config, log, () => visits.count, closers);
  const visits: Visits = createVisits(server, config.limits, now, telemetry);
  return visits;
}

/** Callers are told the same whatever is wrong with a token; the operator finds the reason by the request's id. */
function reportRefusedTokens(logger: Logger): RequestParts['onRefusedToken'] {
  const report = limitReports((reason, fields) => logger.warn({ reason, ...fields }, 'a token was refused'), {
    perMinute: 60,
  });
  return (reason, { requestId }) => report(reason, { requestId });
}

/** At `debug`, one line a request: who, for what, how it ended. Only names that are registered; what a refused token says is anybody's text. */
function reportAnswers(logger: Logger): RequestParts['onAnswered'] {
  return ({ requestId, receivedAt, caller, errors }, status) => {
    if (!logger.isLevelEnabled('debug')) return;
    const who = caller ? { client: caller.subject.client, purpose: caller.purpose } : {};
    const ms = Date.now() - receivedAt.getTime();
    logger.debug({ requestId, ...who, status, errors: Object.fromEntries(errors), ms }, 'answered');
  };
}
