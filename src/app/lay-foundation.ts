import type { AuditLimits } from '../audit/audit-limits.ts';
import type { AuditStore } from '../audit/entry.ts';
import type { Sql } from '../audit/sql.ts';
import type { Config } from '../config.ts';
import { composeGraph } from '../contract/compose-graph.ts';
import { readContractFiles } from '../contract/contract-files.ts';
import type { Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { openHubKeys } from '../keys/open-hub-keys-prisma.ts';
import { createLogger, type Logger } from '../logger.ts';
import type { PolicySource } from '../policies/policy-keeper.ts';
import type { CreateConnector } from '../registry/connector-set.ts';
import { claimDatabase, claimDataDir } from '../storage/hub-mark-prisma.ts';
import { openStorage, type Storage } from '../storage/storage.ts';
import type { Closers } from './closers.ts';

/** What tests replace: the clock, the network's edge, what stands before the hub's own tables. */
export interface AppOverrides {
  readonly now?: () => Date;
  readonly createConnector?: CreateConnector;
  readonly wrapStore?: (store: AuditStore) => AuditStore;
  readonly wrapSearch?: (sql: Sql) => Sql;
  readonly wrapPolicies?: (source: PolicySource) => PolicySource;
  readonly auditLimits?: Partial<AuditLimits>;
  readonly graph?: Graph;
}

/** What every part stands on. */
export interface Foundation {
  readonly config: Config;
  readonly overrides: AppOverrides;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly graph: Graph;
  readonly storage: Storage;
  readonly keys: KeyRing;
}

/** Reads the contracts, opens the database, then the keys that it knows. */
export async function layFoundation(
  config: Config,
  overrides: AppOverrides,
  closers: Closers,
): Promise<Foundation> {
  const graph = overrides.graph ?? (await loadGraph(config.contractsDir));
  const { databaseUrl, dataDir, isProduction } = config;
  const kind = config.isSandbox ? 'SANDBOX' : 'LIVE';
  // Also where database and keys are elsewhere: the operator's channel is found there.
  claimDataDir(dataDir, kind);
  const storage = await openStorage({
    ...(databaseUrl ? { databaseUrl } : {}),
    dataDir,
    production: isProduction,
  });
  closers.add(() => storage.close());
  await claimDatabase(storage.prisma, kind);
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
