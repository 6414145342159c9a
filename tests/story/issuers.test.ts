import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audience, createKey, signToken, type TestKey } from '../identity/test-issuer.ts';
import { parseAnswer, startHub, type TestHub } from './hub.ts';

const trusted = 'https://audit.city.test';
const ordinary = 'https://sso.district.test';
const client = { client_id: 'audit-office', department: 'audit', purposes: ['audit-review'] };

interface Decided {
  readonly decisions: readonly unknown[];
}

describe('two issuers whose tokens claim the same role', () => {
  let folder: string;
  let hub: TestHub;
  let keys: Readonly<Record<string, TestKey>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shuqiao-issuers-'));
    keys = { [trusted]: await createKey('key-1'), [ordinary]: await createKey('key-1') };
    const entries = Object.entries(keys).map(async ([issuer, { jwk }], index) => {
      const jwksFile = `jwks-${index}.json`;
      await writeFile(join(folder, jwksFile), JSON.stringify({ keys: [jwk] }));
      const hubRoles = issuer === trusted ? { hubRoles: ['auditor'] } : {};
      return { issuer, audience, algorithms: ['ES256'], jwksFile, departments: ['audit'], ...hubRoles };
    });
    const file = join(folder, 'issuers.json');
    await writeFile(file, JSON.stringify(await Promise.all(entries)));
    hub = await startHub({ only: [], environment: { HUB_ISSUERS: file } });
  });
  afterAll(async () => {
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function ask(issuer: string, query: string, roles: readonly string[] = ['auditor', 'developer']) {
    const key = keys[issuer];
    if (!key) throw new TypeError('no such issuer');
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now, exp: now + 600 };
    const token = await signToken(key, { claims: { iss: issuer, ...client, roles, ...times } });
    const response = await hub.app.fastify.inject({
      method: 'POST',
      url: '/graphql',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'shuqiao-purpose': 'audit-review',
      },
      payload: JSON.stringify({ query }),
    });
    return parseAnswer(response);
  }

  const records = '{ accessRecords(first: 1) { nodes { requestId } } }';

  it('one of them may name auditors: its auditor reads the records', async () => {
    const { status, body } = await ask(trusted, records);
    expect([status, body.errors]).toEqual([200, undefined]);
    expect(body.data.accessRecords.nodes).toHaveLength(1);
  });

  it('the other may not: its token is good, its role opens nothing', async () => {
    const claimed = await ask(ordinary, records);
    expect(claimed.body.data.accessRecords).toBeNull();
    expect(claimed.body.errors[0].extensions.code).toBe('FIELD_DENIED');
    const without = await ask(ordinary, records, []);
    expect(without.body.errors).toEqual(claimed.body.errors);
  });

  it('who may name auditors may not therefore name developers', async () => {
    const schemaOf = async (roles: readonly string[]) =>
      (await ask(trusted, '{ __schema { types { name } } }', roles)).body.data;
    expect(await schemaOf(['developer'])).toEqual(await schemaOf([]));
  });

  it('both are on record with what was decided', async () => {
    const query = '{ accessRecords(first: 50) { nodes { client decisions { coordinate effect rule } } } }';
    const { body } = await ask(trusted, query);
    const decided = body.data.accessRecords.nodes.flatMap(({ decisions }: Decided) => decisions);
    const coordinate = 'Query.accessRecords';
    expect(decided).toContainEqual({ coordinate, effect: 'PERMIT', rule: 'role:auditor' });
    expect(decided).toContainEqual({ coordinate, effect: 'DENY', rule: 'default-deny' });
  });
});
