import { readFile } from 'node:fs/promises';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHub, type TestHub } from './hub.ts';

/**
 * Audits that are not ok. No GET: an operation in a URL ends up in the logs of every proxy on its way. A refusal is 400 for
 * application/json too: gateways and clients that look at the status alone must see it.
 */
const exceptions: Readonly<Record<string, string>> = {
  '5A70': 'notice MAY',
  D6D5: 'notice MAY',
  '6A70': 'notice MAY',
  '572B': 'warn SHOULD',
  FDE2: 'warn SHOULD',
  '7B9B': 'warn SHOULD',
};
const all = 61;

describe('GraphQL over HTTP', () => {
  let hub: TestHub;
  let url: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    hub = await startHub({ only: [] });
    url = `${await hub.app.listen()}/graphql`;
    headers = {
      authorization: `Bearer ${await hub.token({ client: 'mediation-center', roles: ['developer', 'mediator'] })}`,
      'shuqiao-purpose': 'dispute-mediation',
      'shuqiao-case': '2026-TJ-0001',
    };
  });
  afterAll(() => hub.close());

  it('passes every audit but the documented ones', async () => {
    const audits = serverAudits({
      url,
      fetchFn: (input: Parameters<typeof fetch>[0], init?: RequestInit) =>
        fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers } }),
    });
    const results = await Promise.all(audits.map((audit) => audit.fn()));
    const notOk = results.filter(({ status }) => status !== 'ok');
    console.info(`${results.length - notOk.length} of ${results.length} audits ok`);
    expect(results).toHaveLength(all);
    expect(Object.fromEntries(notOk.map(({ id, status, name }) => [id, `${status} ${name}`]))).toEqual(
      Object.fromEntries(
        Object.entries(exceptions).map(([id, begin]) => [id, expect.stringMatching(`^${begin}`)]),
      ),
    );
  });

  it('documents the same count, and for each other audit a reason', async () => {
    const text = await readFile('docs/graphql-over-http.md', 'utf8');
    expect(text).toContain(`${all - Object.keys(exceptions).length} of ${all} are ok`);
    const rows = [...text.matchAll(/^\| ([0-9A-F]{4}(?:, [0-9A-F]{4})*) \| [^|]+ \| [^|]{20,} \|$/gm)];
    const documented = rows.flatMap(([, ids = '']) => ids.split(', '));
    expect(documented.toSorted()).toEqual(Object.keys(exceptions).toSorted());
  });
});
