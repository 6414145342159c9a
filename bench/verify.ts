import { isDeepStrictEqual } from 'node:util';
import { requestForms, type ServerKind } from './servers/server-kinds.ts';
import type { SourceReads } from './sources/source-addresses.ts';
import { ask, requestBodies, requestHeaders } from './workload.ts';

/** A server that answers, and a way to know what the departments had to do for it. */
export interface Verified {
  readonly kind: ServerKind;
  readonly url: string;
}

export interface Reads {
  readonly kind: ServerKind;
  readonly residents: number;
  /** For one request. */
  readonly reads: SourceReads;
}

/**
 * Before anything is measured: all servers must give the same residents, deeply equal, for every size. Throws a TypeError that names the
 * one that differs. Counts, at the departments, what one request costs them.
 */
export async function verifyAnswers(
  servers: readonly Verified[],
  load: { readonly people: number; readonly residents: readonly number[]; readonly token: string },
  takeReads: () => Promise<SourceReads>,
): Promise<readonly Reads[]> {
  const counted: Reads[] = [];
  for (const residents of load.residents) {
    let first: unknown;
    for (const { kind, url } of servers) {
      const bodies = requestBodies(requestForms[kind], load.people, residents);
      const request = { url, headers: requestHeaders(load.token), bodies };
      const { data, reads } = await askCounted(request, first, takeReads);
      counted.push({ kind, residents, reads });
      first ??= data;
      if (!isDeepStrictEqual(data, first))
        throw new TypeError(`${kind} gives another answer than the others`);
    }
  }
  return counted;
}

interface Request {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodies: readonly string[];
}

const attempts = 3;

/** Once more where a busy machine kept a department from answering in time. */
async function askCounted(
  { url, headers, bodies: [body = '', other = ''] }: Request,
  expected: unknown,
  takeReads: () => Promise<SourceReads>,
): Promise<{ readonly data: unknown; readonly reads: SourceReads }> {
  // The first requests of a server open sessions and prepare statements.
  for (let warm = 0; warm < 3; warm++) await ask(url, headers, other);
  for (let attempt = 1; ; attempt++) {
    await takeReads();
    const { status, data } = await ask(url, headers, body);
    const reads = await takeReads();
    const isRight = status === 200 && (expected === undefined || isDeepStrictEqual(data, expected));
    if (isRight || attempt === attempts) return { data, reads };
  }
}
