/**
 * What the hub tells its operator of its own work: counts, times and names out of the contract. Never a value, an identifier, a token, a
 * client, a case or an address; every label is from a closed list.
 */
export interface Telemetry {
  /** A request begins. Its trace is told to nobody else and takes nothing from the caller's headers. */
  begin(): RequestTrace;
}

/** One request. Every method may be called in any order; after `end` they do nothing. */
export interface RequestTrace {
  /** A chapter of the story, from now until the returned function is called. */
  chapter(name: Chapter): () => void;
  /** One read of a department begins; the returned function takes how it ended. */
  read(read: StartedRead): (outcome: string) => void;
  end(ending: RequestEnding): void;
}

export type Chapter = 'plan' | 'fetch' | 'execute' | 'record';

export interface StartedRead {
  readonly source: string;
  readonly entity: string;
  readonly role: string;
  readonly columns: number;
  readonly keys: number;
}

export interface RequestEnding {
  readonly status: number;
  readonly kind: 'access' | 'refusal';
  /** Hash of the operation's shape, as in the record. */
  readonly operation: string | undefined;
  /** Error codes with their counts. */
  readonly errors: ReadonlyMap<string, number>;
  /** Decisions by effect. */
  readonly effects: ReadonlyMap<string, number>;
}

/** Tells nobody anything. */
export const silentTelemetry: Telemetry = {
  begin: () => silentTrace,
};

export const silentTrace: RequestTrace = {
  chapter: () => () => {},
  read: () => () => {},
  end() {},
};

/** Tells each of several, of each end once: what is still open when its request ends, ends with it. */
export function joinTelemetry(parts: readonly Telemetry[]): Telemetry {
  if (parts.length === 0) return silentTelemetry;
  const joined = tellEach(parts);
  return { begin: () => endOnce(joined.begin()) };
}

/** How a read is told that never said how it ended. */
const abandoned = 'ABANDONED';

function endOnce(trace: RequestTrace): RequestTrace {
  const open = new Set<() => void>();
  let hasEnded = false;
  const once = <T>(end: (ending: T) => void, lastly: T): ((ending: T) => void) => {
    const close = (ending: T) => {
      if (open.delete(abandon)) end(ending);
    };
    const abandon = () => close(lastly);
    open.add(abandon);
    return close;
  };
  return {
    chapter: (name) => (hasEnded ? () => {} : once<void>(trace.chapter(name), undefined)),
    read: (read) => (hasEnded ? () => {} : once<string>(trace.read(read), abandoned)),
    end(ending) {
      if (hasEnded) return;
      hasEnded = true;
      for (const abandon of open) abandon();
      trace.end(ending);
    },
  };
}

function tellEach(parts: readonly Telemetry[]): Telemetry {
  return {
    begin() {
      const traces = parts.map((part) => part.begin());
      return {
        chapter(name) {
          const ends = traces.map((trace) => trace.chapter(name));
          return () => {
            for (const end of ends) end();
          };
        },
        read(read) {
          const ends = traces.map((trace) => trace.read(read));
          return (outcome) => {
            for (const end of ends) end(outcome);
          };
        },
        end(ending) {
          for (const trace of traces) trace.end(ending);
        },
      };
    },
  };
}
