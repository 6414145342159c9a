import { randomBytes } from 'node:crypto';

/** Names of prepared statements, so that a session plans each shape of read once. */
export interface StatementNames {
  /** Undefined: send it without preparing. */
  of(session: object, text: string): string | undefined;
  /** From now on nothing is prepared: between us and the server, statements do not stay where they were prepared. */
  stop(): void;
}

/** Shapes differ by plan, so there are some dozens; a server keeps what was prepared until the session ends. */
const maxStatements = 200;

/**
 * Names are unique per session, not only per hub: PGlite over the wire has one session for all connections, and keeps what earlier
 * ones prepared.
 */
export function createStatementNames(): StatementNames {
  const prefix = `sq${randomBytes(4).toString('hex')}`;
  const texts = new Map<string, number>();
  const sessions = new WeakMap<object, number>();
  let sessionCount = 0;
  let isStopped = false;

  const numberOf = (session: object): number => {
    const known = sessions.get(session) ?? ++sessionCount;
    sessions.set(session, known);
    return known;
  };

  return {
    of: (session, text) => {
      if (isStopped) return undefined;
      let statement = texts.get(text);
      if (statement === undefined) {
        if (texts.size >= maxStatements) return undefined;
        statement = texts.size;
        texts.set(text, statement);
      }
      return `${prefix}_${numberOf(session)}_${statement}`;
    },
    stop: () => {
      isStopped = true;
    },
  };
}
