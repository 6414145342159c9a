import type { CryptoKey } from 'jose';
import type { Issuer } from './issuer.ts';
import { type Keys, keyName, readKeys } from './read-key-set.ts';

/** Keys are read anew in the background from this age on: how soon a withdrawn key stops counting, at the latest. */
const freshMs = 10 * 60_000;
/** While the issuer cannot be reached, known keys count for so long after they were last read; then none does. */
const staleMs = 60 * 60_000;
/** Between two reads, however many unknown key ids arrive: a flood of forged tokens is no flood at the issuer. */
const cooldownMs = 30_000;
/** After a failed read while there are no keys at all. */
const retryMs = 5_000;

export interface KeySetOptions {
  /** Milliseconds of a clock that is never set back. */
  readonly elapsedMs: () => number;
  readonly onFailure: (cause: unknown) => void;
}

/**
 * The public keys of one issuer, kept current. Readers run one at a time; concurrent calls share it. Nothing is read before the
 * first call.
 */
export class KeySet {
  readonly #issuer: Issuer;
  readonly #options: KeySetOptions;
  #keys: Keys = new Map();
  #generation = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(issuer: Issuer, options: KeySetOptions) {
    this.#issuer = issuer;
    this.#options = options;
  }

  /** Counts up when a key was withdrawn or replaced: what was verified before must be verified again. */
  get generation(): number {
    return this.#generation;
  }

  /** Are the keys recent enough to count? Starts a read in the background where one is due; never waits. */
  isCurrent(): boolean {
    const age = this.#options.elapsedMs() - this.#readAt;
    if (age >= freshMs) void this.#refresh();
    return age < staleMs;
  }

  /**
   * The key of this name; undefined if the issuer has none, or if no keys count at present. An unknown name causes one read,
   * unless there was one just now: so a rotated key is found at once, and at the latest after the cooldown.
   */
  async find(algorithm: string, keyId: string): Promise<CryptoKey | undefined> {
    const name = keyName(algorithm, keyId);
    if (!this.isCurrent() || !this.#keys.has(name)) await this.#refresh();
    return this.isCurrent() ? this.#keys.get(name)?.key : undefined;
  }

  /** Never rejects. */
  #refresh(): Promise<void> {
    if (this.#reading) return this.#reading;
    const pause = this.#keys.size === 0 ? retryMs : cooldownMs;
    if (this.#options.elapsedMs() - this.#triedAt < pause) return Promise.resolve();
    this.#triedAt = this.#options.elapsedMs();
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const startedAt = this.#options.elapsedMs();
    try {
      const keys = await readKeys(this.#issuer);
      if (hasLost(this.#keys, keys)) this.#generation += 1;
      this.#keys = keys;
      this.#readAt = startedAt;
    } catch (cause) {
      this.#options.onFailure(cause);
    }
  }
}

function hasLost(before: Keys, after: Keys): boolean {
  return [...before].some(([name, { material }]) => after.get(name)?.material !== material);
}
