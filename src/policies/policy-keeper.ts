import type { FieldMapping } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import type { Agreement, Client, Purpose } from './agreement.ts';
import { nextChinaMidnight, parseInstant } from './calendar.ts';
import type { FieldPolicy } from './decision.ts';
import { createOperationCatalogue, type OperationCatalogue } from './operation-catalogue.ts';
import { compilePolicy } from './policy.ts';
import type { PolicyStore, PolicySnapshot as StoredPolicy } from './policy-store.ts';

export interface PolicySource extends Pick<PolicyStore, 'revision' | 'load'> {
  /** Requests of today (China Standard Time) by agreement. */
  usage(): Promise<ReadonlyMap<string, number>>;
}

export interface PolicyInForce {
  readonly policy: FieldPolicy;
  readonly clients: ReadonlyMap<string, Client>;
  readonly purposes: ReadonlyMap<string, Purpose>;
  readonly agreements: readonly Agreement[];
  readonly operations: OperationCatalogue;
}

/**
 * Keeps the policy in force. Looks for a new revision every `pollMs`; a change elsewhere (another replica, a command) so takes effect
 * within that time plus one read. What could not be checked for `staleMs` is no longer used: `current` then throws.
 */
export interface PolicyKeeper {
  /** Throws HubError POLICY_UNAVAILABLE. Never waits. */
  current(): PolicyInForce;
  /** Checks now; resolves when what is in force is what the tables say. */
  refresh(): Promise<void>;
  close(): void;
}

export interface PolicyKeeperOptions {
  readonly source: PolicySource;
  readonly fields: ReadonlyMap<string, FieldMapping>;
  readonly pollMs: number;
  readonly staleMs: number;
  readonly now: () => number;
  readonly onFailure: (cause: unknown) => void;
}

/** Resolves with the first policy loaded; rejects if it cannot be. */
export async function createPolicyKeeper(options: PolicyKeeperOptions): Promise<PolicyKeeper> {
  const keeper = new PollingKeeper(options);
  await keeper.refresh();
  keeper.start();
  return keeper;
}

class PollingKeeper implements PolicyKeeper {
  readonly #options: PolicyKeeperOptions;
  #rows: StoredPolicy | undefined;
  #usage: ReadonlyMap<string, number> = new Map();
  #snapshot: PolicyInForce | undefined;
  /** By the monotonic clock: a wall clock set back must not make stale policies fresh. */
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** The next instant at which time alone changes a decision. */
  #boundary = Number.POSITIVE_INFINITY;
  #compiledAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PolicyKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (!this.#refreshing) this.refresh().catch(this.#options.onFailure);
    }, this.#options.pollMs);
    this.#timer.unref();
  }

  current(): PolicyInForce {
    const now = this.#options.now();
    if (performance.now() - this.#checkedAt > this.#options.staleMs) throw new HubError('POLICY_UNAVAILABLE');
    // Before the last compilation means that the clock was set back.
    if (now >= this.#boundary || now < this.#compiledAt) this.#compile();
    if (!this.#snapshot) throw new HubError('POLICY_UNAVAILABLE');
    return this.#snapshot;
  }

  refresh(): Promise<void> {
    if (!this.#refreshing) return this.#start();
    // The check under way may have looked before the caller's change was there.
    this.#next ??= this.#refreshing
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#refreshing = this.#check().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /**
   * Everything is read before anything is kept: what was compiled is always of the rows that were checked last. Where the use of quotas
   * cannot be read, agreements with a quota count as used up, and the others stand.
   */
  async #check(): Promise<void> {
    const { source } = this.#options;
    const startedAt = performance.now();
    const revision = await source.revision();
    const known = this.#rows;
    const rows = known?.revision === revision ? known : await source.load();
    const usage = hasQuota(rows) ? await this.#readUsage(rows) : new Map<string, number>();
    const isChanged = rows !== known || exhausted(rows, usage) !== exhausted(rows, this.#usage);
    this.#rows = rows;
    this.#usage = usage;
    this.#checkedAt = startedAt;
    if (isChanged) this.#compile();
  }

  async #readUsage(rows: StoredPolicy): Promise<ReadonlyMap<string, number>> {
    try {
      return await this.#options.source.usage();
    } catch (cause) {
      this.#options.onFailure(cause);
      return new Map(rows.agreements.map(({ id }) => [id, Number.POSITIVE_INFINITY]));
    }
  }

  #compile(): void {
    const rows = this.#rows;
    if (!rows) return;
    const now = this.#options.now();
    const clients = new Map(rows.clients.map((client) => [client.id, client]));
    const purposes = new Map(rows.purposes.map((purpose) => [purpose.code, purpose]));
    const { agreements } = rows;
    const policy = compilePolicy({
      agreements,
      clients,
      purposes,
      fields: this.#options.fields,
      at: now,
      usage: this.#usage,
    });
    const operations = createOperationCatalogue(rows.operations);
    this.#snapshot = Object.freeze({ policy, clients, purposes, agreements, operations });
    this.#compiledAt = now;
    this.#boundary = nextBoundary(agreements, now);
  }
}

function hasQuota(rows: StoredPolicy | undefined): boolean {
  return rows?.agreements.some(({ quota }) => quota !== undefined) ?? false;
}

function exhausted(rows: StoredPolicy | undefined, usage: ReadonlyMap<string, number>): string {
  const used =
    rows?.agreements.filter(({ id, quota }) => quota && (usage.get(id) ?? 0) >= quota.requestsPerDay) ?? [];
  return JSON.stringify(used.map(({ id }) => id));
}

/** The next begin or end of any agreement, or midnight in China, when quotas begin anew. */
function nextBoundary(agreements: readonly Agreement[], now: number): number {
  const instants = agreements.flatMap(({ validFrom, validUntil }) => [
    parseInstant(validFrom),
    parseInstant(validUntil),
  ]);
  return Math.min(nextChinaMidnight(now), ...instants.filter((instant) => instant > now));
}
