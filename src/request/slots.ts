import { HubError } from '../errors.ts';

export interface SlotLimits {
  readonly maxConcurrentRequests: number;
  readonly maxConcurrentPerClient: number;
  readonly maxConcurrentPerAddress: number;
}

/** One request's place among those in work. */
export interface Slot {
  /** From now on the place is the client's and not the address's. Throws RATE_LIMITED where the client has no more; once. */
  giveTo(client: string): void;
  /** Idempotent. */
  leave(): void;
}

export interface Slots {
  /**
   * A place on the account of an address, which is all that is known of a caller before its token is verified. Throws OVERLOADED where
   * the hub has none, RATE_LIMITED where the address has no more.
   */
  take(address: string): Slot;
  readonly taken: number;
}

/** Nobody holds all places: neither one client, with uploads or answers that never end, nor one address without a token. */
export function createSlots(limits: SlotLimits): Slots {
  const accounts = new Map<string, number>();
  let taken = 0;
  const add = (account: string, max: number) => {
    const count = accounts.get(account) ?? 0;
    if (count >= max) throw new HubError('RATE_LIMITED', { details: { limit: 'concurrent', max } });
    accounts.set(account, count + 1);
  };
  const remove = (account: string) => {
    const count = accounts.get(account) ?? 0;
    if (count > 1) accounts.set(account, count - 1);
    else accounts.delete(account);
  };
  return {
    take(address) {
      if (taken >= limits.maxConcurrentRequests) throw new HubError('OVERLOADED');
      let account = `address ${address}`;
      add(account, limits.maxConcurrentPerAddress);
      taken += 1;
      let isIn = true;
      return {
        giveTo(client) {
          const next = `client ${client}`;
          add(next, limits.maxConcurrentPerClient);
          remove(account);
          account = next;
        },
        leave() {
          if (!isIn) return;
          isIn = false;
          taken -= 1;
          remove(account);
        },
      };
    },
    get taken() {
      return taken;
    },
  };
}
