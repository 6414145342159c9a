import type { PoolClient } from 'pg';
import { type Durability, type DurabilityDemands, findRefusal, type Weakness } from './durability.ts';

export interface DurabilityCheckOptions {
  readonly demands: DurabilityDemands;
  /** How long a look counts: a server's settings change while it runs, and a standby leaves. */
  readonly everyMs?: number;
  /** A clock that is never set back. */
  readonly elapsedMs?: () => number;
}

/**
 * Before a connection is used to append: throws `CONFIG_INVALID` where its server does not give what is demanded. Each connection is
 * asked when it is new, since it may lead to another server than the one before, and one of them again every `everyMs`.
 */
export function createDurabilityCheck({
  demands,
  everyMs = 10_000,
  elapsedMs = () => performance.now(),
}: DurabilityCheckOptions): (client: PoolClient) => Promise<void> {
  const known = new WeakSet<PoolClient>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async (client) => {
    if (known.has(client) && elapsedMs() - lookedAt < everyMs) return;
    const refusal = findRefusal(await readDurability(client), demands);
    if (refusal) throw refusal;
    known.add(client);
    lookedAt = elapsedMs();
  };
}

/** With the login's own rights: the role that a connection takes to append may not see who is attached. */
const durabilitySql = `BEGIN; SET LOCAL ROLE NONE;
  SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('synchronous_standby_names') AS standbys, pg_is_in_recovery()::text AS in_recovery,
    (SELECT count(*) FROM pg_stat_replication
      WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum'))::text AS attached,
    pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')::text AS sees_states,
    quote_ident(current_user) AS account;
  COMMIT`;

type Settings = Readonly<Record<string, string>>;

/** What the server of this connection says of itself. */
export async function readDurability(client: Pick<PoolClient, 'query'>): Promise<Durability> {
  // Several statements in one message are answered by a list of results.
  const results: unknown = await client.query<Settings>(durabilitySql);
  const settings = settingsOf(results);
  const local = powerCutWeaknesses.filter(({ isThere }) => isThere(settings));
  const standby = findStandbyWeakness(settings);
  return {
    survivesPowerCut: local.length === 0,
    hasSynchronousStandby: standby === undefined,
    weaknesses: [...local.map(({ zh, en }) => ({ zh, en })), ...(standby ? [standby] : [])],
  };
}

function settingsOf(results: unknown): Settings {
  for (const result of Array.isArray(results) ? results : []) {
    const [row] = result.rows;
    if (row) return row;
  }
  throw new TypeError('the server said nothing of its settings');
}

const powerCutWeaknesses: readonly (Weakness & { readonly isThere: (settings: Settings) => boolean })[] = [
  {
    isThere: ({ fsync }) => fsync !== 'on',
    zh: 'fsync 未开启：断电会丢失已确认的记录。',
    en: 'fsync is off: a power cut loses acknowledged records.',
  },
  {
    isThere: ({ full_page_writes }) => full_page_writes !== 'on',
    zh: 'full_page_writes 未开启：断电可能损坏数据页。',
    en: 'full_page_writes is off: a power cut can tear pages.',
  },
  {
    isThere: ({ synchronous_commit }) => synchronous_commit !== 'on',
    zh: 'synchronous_commit 不是 on：记录未落盘即被确认。',
    en: 'synchronous_commit is not on: records are acknowledged before they are written.',
  },
  {
    isThere: ({ in_recovery }) => in_recovery !== 'false',
    zh: '该服务器是备库：不能写入记录。',
    en: 'The server is a standby: nothing can be recorded there.',
  },
];

/** What cannot be seen does not count as there. */
function findStandbyWeakness({ standbys, sees_states, attached, account }: Settings): Weakness | undefined {
  if (!standbys) {
    return {
      zh: 'synchronous_standby_names 为空：已确认的记录只在一台服务器上，该服务器损毁即丢失。',
      en: 'synchronous_standby_names is empty: acknowledged records are on one server only and do not survive its loss.',
    };
  }
  if (sees_states !== 'true') {
    return {
      zh: `账号 ${account} 看不到是否有备库相连，请执行：GRANT pg_monitor TO ${account};`,
      en: `The account ${account} cannot see whether a standby is attached: GRANT pg_monitor TO ${account};`,
    };
  }
  if (!attached || attached === '0') {
    return {
      zh: '没有同步备库相连：提交将一直等待，在此之前不能写入记录。',
      en: 'No synchronous standby is attached: commits wait for one, and nothing can be recorded until then.',
    };
  }
  return undefined;
}
