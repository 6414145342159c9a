import type { FastifyInstance } from 'fastify';
import type { AuditStore } from './audit/entry.ts';
import { fetchUsage } from './audit/fetch-usage.ts';
import { type AuditLimits, type AuditLog, createAuditLog } from './audit/log.ts';
import { createProjector, type Projector } from './audit/projector.ts';
import { createPseudonymiser } from './audit/pseudonym.ts';
import { createReceiptSigner } from './audit/receipt.ts';
import type { Sql } from './audit/sql.ts';
import { createPgAuditStore } from './audit/store-pg.ts';
import { createPgliteAuditStore } from './audit/store-pglite.ts';
import { createPgSql } from './audit/store-sql-pg.ts';
import { createPgliteSql } from './audit/store-sql-pglite.ts';
import type { Config } from './config.ts';
import { createConnector as createRealConnector } from './connectors/create-connector.ts';
import { composeGraph } from './contract/compose-graph.ts';
import { readContractFiles } from './contract/contract-files.ts';
import type { Graph } from './contract/graph.ts';
import { HubError } from './errors.ts';
import { createGateway, type HubGateway } from './gateway.ts';
import { createAuthenticator } from './identity/authenticator.ts';
import { readIssuers } from './identity/issuer.ts';
import { createAnswerCommitment } from './keys/answer-commitment.ts';
import type { KeyRing } from './keys/key-ring.ts';
import { openHubKeys } from './keys/open-hub-keys-prisma.ts';
import { createResidentReference } from './keys/resident-reference.ts';
import { createLogger, type Logger } from './logger.ts';
import { createPolicyKeeper, type PolicyKeeper } from './policies/policy-keeper.ts';
import { createPolicyStore } from './policies/policy-store-prisma.ts';
import { openAdminChannel } from './registry/admin-channel.ts';
import { type Administration, createAdministration } from './registry/administration.ts';
import { createConnectionStore } from './registry/connection-store-prisma.ts';
import { type ConnectorSet, type CreateConnector, openConnectors } from './registry/connector-set.ts';
import { createAdmission } from './request/admission.ts';
import { createApolloServer } from './request/apollo-server.ts';
import { type ExecuteParts, today } from './request/execute.ts';
import { createGeneration } from './request/generation.ts';
import { createHttpServer } from './request/http-server.ts';
import { registerGraphqlRoute } from './request/request.ts';
import { summariseRefusals } from './request/summarise-refusals.ts';
import { createAccessRecords } from './resolvers/access-records.ts';
import { attachResolvers } from './resolvers/planned.ts';
import { openStorage, type Storage } from './storage/storage.ts';

/** A hub that is composed and not yet listening. */
export interface App {
  readonly fastify: FastifyInstance;
  readonly gateway: HubGateway;
  readonly administration: Administration;
  readonly storage: Storage;
  readonly log: AuditLog;
  /** Warnings for the operator's eyes at the start. */
  readonly warnings: readonly string[];
  /** Resolves with the URL that is served. */
  listen(): Promise<string>;
  /** Finishes requests in flight, writes what is queued, closes everything. Idempotent. */
  close(): Promise<void>;
}

/** What tests replace: the clock, the network's edge, the log's store. */
export interface AppOverrides {
  readonly now?: () => Date;
  readonly createConnector?: CreateConnector;
  readonly wrapStore?: (store: AuditStore) => AuditStore;
  readonly auditLimits?: Partial<AuditLimits>;
  readonly graph?: Graph;
}

interface Foundation {
  readonly config: Config;
  readonly overrides: AppOverrides;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly graph: Graph;
  readonly storage: Storage;
  readonly keys: KeyRing;
}

/** The composition root. Throws HubError `CONFIG_INVALID` or `CONTRACT_INVALID` with a sentence for the operator, holding nothing open. */
export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = closeOnce(closers);
  try {
    const foundation = await layFoundation(config, overrides, closers);
    const audit = await openAudit(foundation, closers);
    const policy = await openPolicy(foundation, audit, closers);
    const connectors = await openSources(foundation, closers);
    const administration = administer(foundation, audit.log, policy, connectors);
    const server = await serve(foundation, audit, policy, connectors, closers);
    const listen = async () => {
      const url = await listenAll(foundation, server.fastify, administration, closers);
      // Only warns, so nobody waits for it.
      void connectors.probe(AbortSignal.timeout(5_000));
      return url;
    };
    return {
      ...server,
      administration,
      storage: foundation.storage,
      log: audit.log,
      warnings: audit.warnings,
      listen,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Last opened, first closed; one that fails does not keep the others open. */
function closeOnce(closers: (() => Promise<unknown>)[]): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    for (const closeOne of [...closers].reverse()) await closeOne().catch(() => {});
  };
  return () => {
    closing ??= closeAll();
    return closing;
  };
}

async function layFoundation(
  config: Config,
  overrides: AppOverrides,
  closers: (() => Promise<unknown>)[],
): Promise<Foundation> {
  const graph = overrides.graph ?? (await loadGraph(config.contractsDir));
  const { databaseUrl, dataDir, isProduction } = config;
  const storage = await openStorage({
    ...(databaseUrl ? { databaseUrl } : {}),
    dataDir,
    production: isProduction,
  });
  closers.push(() => storage.close());
  const keys = await openHubKeys(
    storage.prisma,
    config.keys === undefined ? { dataDir } : { text: config.keys },
  );
  const now = overrides.now ?? (() => new Date());
  return { config, overrides, now, logger: createLogger(config.logLevel), graph, storage, keys };
}

async function loadGraph(contractsDir: string): Promise<Graph> {
  const { graph, problems } = composeGraph(await readContractFiles(contractsDir));
  if (graph) return graph;
  const lines = problems.map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`);
  throw new HubError('CONTRACT_INVALID', { hint: lines.join('\n'), details: { problems } });
}

interface Audit {
  readonly log: AuditLog;
  readonly sql: Sql;
  readonly projector: Projector;
  readonly warnings: readonly string[];
}

async function openAudit(foundation: Foundation, closers: (() => Promise<unknown>)[]): Promise<Audit> {
  const { config, overrides, now, logger, storage, keys } = foundation;
  const { store, sql } = await openAuditStore(storage);
  await store.ensurePartitions();
  const durability = await store.durability();
  if (config.isProduction && !durability.survivesPowerCut) {
    throw new HubError('CONFIG_INVALID', { hint: durability.problems.join(' ') });
  }
  const log = createAuditLog({
    store: overrides.wrapStore?.(store) ?? store,
    origin: config.logOrigin,
    replica: config.replica,
    signReceipt: createReceiptSigner(keys.receipt.privateKey),
    now: () => now().getTime(),
    ...(overrides.auditLimits ? { limits: overrides.auditLimits } : {}),
    onFailure: (cause, failuresInARow) =>
      logger.error({ err: cause, failuresInARow }, 'the access log could not be written'),
  });
  closers.push(() => log.close());
  const daily = setInterval(() => void store.ensurePartitions().catch(() => {}), 86_400_000);
  daily.unref();
  closers.push(async () => clearInterval(daily));
  const projector = createProjector(sql);
  closers.push(followLog(projector));
  return { log, sql, projector, warnings: durability.problems };
}

/** Keeps search and quotas up to date, apart from every request. One run at a time; a failed one is tried again. */
function followLog(projector: Projector): () => Promise<void> {
  let running: Promise<void> | undefined;
  const follow = () => {
    running ??= projector
      .catchUp()
      .catch(() => {})
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(follow, 1_000);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

const writerRole = 'shuqiao_audit_writer';

async function openAuditStore({ pglite, createPool, sql }: Storage) {
  if (pglite) return { store: createPgliteAuditStore({ db: pglite }), sql: createPgliteSql(pglite) };
  if (!createPool) throw new TypeError('a storage is embedded or a server');
  // Where the account may not create roles, it writes the log with its own rights.
  const [member] = await sql.query(
    `SELECT pg_has_role(current_user, oid, 'MEMBER') AS is_member FROM pg_roles WHERE rolname = $1`,
    [writerRole],
  );
  const role = member?.['is_member'] === true ? { role: writerRole } : {};
  const reader = createPool({ max: 4, application_name: 'shuqiao-audit-reader' });
  reader.on('error', () => {});
  return { store: createPgAuditStore({ createPool, ...role }), sql: createPgSql(reader) };
}

async function openPolicy(
  { config, graph, storage, now, logger }: Foundation,
  { sql }: Audit,
  closers: (() => Promise<unknown>)[],
): Promise<PolicyKeeper> {
  const store = createPolicyStore(storage.prisma);
  const keeper = await createPolicyKeeper({
    source: {
      revision: () => store.revision(),
      load: () => store.load(),
      usage: () => fetchUsage(sql, today(now())),
    },
    fields: graph.fields,
    pollMs: config.limits.policyPollMs,
    staleMs: config.limits.policyStaleMs,
    now: () => now().getTime(),
    onFailure: (cause) => logger.error({ err: cause }, 'the agreements could not be read'),
  });
  closers.push(async () => keeper.close());
  return keeper;
}

async function openSources(
  { graph, storage, keys, overrides, logger }: Foundation,
  closers: (() => Promise<unknown>)[],
): Promise<ConnectorSet> {
  const connectors = await openConnectors({
    sources: graph.sources,
    connections: createConnectionStore(storage.prisma, keys),
    createConnector: overrides.createConnector ?? createRealConnector,
    observer: { warn: (source, message, cause) => logger.warn({ source, err: cause }, message) },
  });
  closers.push(() => connectors.close());
  return connectors;
}

function administer(
  { graph, storage, keys, now }: Foundation,
  log: AuditLog,
  keeper: PolicyKeeper,
  connectors: ConnectorSet,
): Administration {
  return createAdministration({
    graph: () => graph,
    keeper,
    policies: createPolicyStore(storage.prisma),
    connections: createConnectionStore(storage.prisma, keys),
    connectors,
    log,
    now,
  });
}

async function serve(
  foundation: Foundation,
  audit: Audit,
  keeper: PolicyKeeper,
  connectors: ConnectorSet,
  closers: (() => Promise<unknown>)[],
): Promise<{ fastify: FastifyInstance; gateway: HubGateway }> {
  const { config, graph, keys, now, logger } = foundation;
  const references = createResidentReference(keys);
  const pseudonymiser = createPseudonymiser(keys.key('subject-pseudonym').derive('log'));
  const parts: ExecuteParts = {
    limits: config.limits,
    policy: () => keeper.current().policy,
    connectors: () => connectors.current(),
    references,
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
    reveal: references.reveal,
    now,
  });
  attachResolvers(graph, { accessRecords });
  const gateway = createGateway(createGeneration(graph, config.limits), parts);
  const apollo = createApolloServer(gateway, logger.child({ part: 'apollo' }, { level: 'error' }));
  await apollo.start();
  closers.push(() => apollo.stop());
  const server = await createHttpServer(config.limits, {
    findProblems: () => findProblems(keeper, audit.log),
    receiptKey: keys.receipt.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  closers.push(() => server.close());
  const admission = createAdmission(server, config.limits, audit.log);
  closers.push(summariseRefusals(admission, audit.log, now));
  await registerGraphqlRoute(server, {
    limits: config.limits,
    apollo,
    gateway,
    authentication: await openAuthentication(foundation, keeper),
    admission,
    log: audit.log,
    pseudonymiser,
    commit: createAnswerCommitment(keys),
    now,
    onUnknown: parts.onUnknown,
  });
  return { fastify: server, gateway };
}

/** What keeps the hub from serving right now; empty when it is ready. */
function findProblems(keeper: PolicyKeeper, log: AuditLog): readonly string[] {
  const problems: string[] = [];
  for (const [name, check] of [
    ['policy', () => keeper.current()],
    ['audit', () => log.admit()],
  ] as const) {
    try {
      check();
    } catch {
      problems.push(name);
    }
  }
  return problems;
}

async function openAuthentication({ config, now }: Foundation, keeper: PolicyKeeper) {
  const issuers = await readIssuers(config.issuersFile);
  return { authenticator: createAuthenticator(issuers, { now }), catalogue: () => keeper.current() };
}

async function listenAll(
  { config }: Foundation,
  server: FastifyInstance,
  administration: Administration,
  closers: (() => Promise<unknown>)[],
): Promise<string> {
  const url = await server.listen({ host: config.host, port: config.port }).catch((cause: unknown) => {
    throw new HubError('CONFIG_INVALID', {
      hint: `The hub cannot listen on HOST ${config.host}, PORT ${config.port}. Is the port in use?`,
      cause,
    });
  });
  const channel = await openAdminChannel(config.dataDir, administration);
  closers.push(() => channel.close());
  return url;
}
