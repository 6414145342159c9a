import type { ErrorCode } from '../errors.ts';
import type { Subject } from '../identity/subject.ts';

/** Refusals of one minute that were not recorded one by one: of one client, or of all callers whose token was not verified. */
export interface RefusalSummary {
  readonly refusals: number;
  /** By the code that was answered. */
  readonly errors: Readonly<Partial<Record<ErrorCode, number>>>;
  /** How many addresses they came from, as far as they were told apart. */
  readonly addresses: number;
  /** As its last token says. */
  readonly subject?: Subject;
}

/** Bounded, whoever asks from wherever: what goes beyond is counted and no longer told apart. */
export interface RefusalTally {
  add(address: string, code: ErrorCode, subject?: Subject): void;
  /** Those since the last call; none where there were none. */
  take(): readonly RefusalSummary[];
}

const maxAddresses = 10_000;
const maxClients = 1_000;

interface Count {
  refusals: number;
  errors: Map<ErrorCode, number>;
  addresses: Set<string>;
  subject?: Subject;
}

export function createRefusalTally(): RefusalTally {
  const counts = new Map<string, Count>();
  let addresses = 0;
  const find = (subject: Subject | undefined): Count => {
    const isApart = subject && (counts.has(subject.client) || counts.size < maxClients);
    const key = isApart ? subject.client : '';
    const count: Count = counts.get(key) ?? { refusals: 0, errors: new Map(), addresses: new Set() };
    counts.set(key, count);
    if (isApart) count.subject = subject;
    return count;
  };
  return {
    add(address, code, subject) {
      const count = find(subject);
      count.refusals += 1;
      count.errors.set(code, (count.errors.get(code) ?? 0) + 1);
      if (addresses >= maxAddresses || count.addresses.has(address)) return;
      count.addresses.add(address);
      addresses += 1;
    },
    take() {
      const taken = [...counts.values()].map(toSummary);
      counts.clear();
      addresses = 0;
      return taken;
    },
  };
}

function toSummary({ refusals, errors, addresses, subject }: Count): RefusalSummary {
  const byCode = [...errors].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    refusals,
    errors: Object.fromEntries(byCode),
    addresses: addresses.size,
    ...(subject ? { subject } : {}),
  };
}
