import { readFileSync } from 'node:fs';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { buildClientSchema, getIntrospectionQuery, printSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, askApollo, askUrql } from '../../examples/client/answer.ts';
import { createApolloClient } from '../../examples/client/apollo-client.ts';
import { findResidents } from '../../examples/client/find-residents.ts';
import { generateTypes } from '../../examples/client/generate-types.ts';
import { OneResidentDocument, ResidentsPageDocument } from '../../examples/client/generated/operations.ts';
import {
  FindResidentsDocument,
  type FindResidentsQueryVariables,
} from '../../examples/client/generated/search.ts';
import { explainNull } from '../../examples/client/hub-errors.ts';
import type { HubAccess } from '../../examples/client/hub-fetch.ts';
import { createUrqlClient } from '../../examples/client/urql-client.ts';
import { demoCaller } from '../../examples/demo-welcome.ts';
import { startHub, type TestHub } from './hub.ts';

type Ask = <Data, Variables extends Record<string, unknown>>(
  access: HubAccess,
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
) => Promise<Answer<Data>>;

const libraries: readonly [name: string, ask: Ask][] = [
  ['Apollo Client', (access, query, variables) => askApollo(createApolloClient(access), query, variables)],
  ['urql', (access, query, variables) => askUrql(createUrqlClient(access), query, variables)],
];

let hub: TestHub;
let url: string;
let now: () => Date = () => new Date();
beforeAll(async () => {
  hub = await startHub({
    residents: 60,
    overrides: { now: () => now() },
    environment: { HUB_LIMIT_MAX_CONCURRENT_PER_CLIENT: '1' },
  });
  url = await hub.app.listen();
});
afterAll(() => hub.close());

function accessAs(changes: Partial<HubAccess> = {}): HubAccess {
  const { client, purpose } = demoCaller;
  return {
    url,
    purpose,
    caseReference: '2026-杭调-0001',
    getToken: () => hub.token({ client }),
    wait: () => Promise.reject(new TypeError('nobody should have to wait')),
    ...changes,
  };
}

const known = () => ({ value: hub.facts.fixed.everywhere.value });
const nobody = () => ({ value: hub.facts.nobody.value });

/** What is null where, in words. */
const reasonOf = ({ problems }: Answer<unknown>, path: string) => explainNull(problems, path).reason;

describe.each(libraries)('with %s', (_, ask) => {
  it('one resident is typed data, with no problem beside it', async () => {
    const { data, problems } = await ask(accessAs(), OneResidentDocument, { identifier: known() });
    expect(problems).toEqual([]);
    expect(data?.resident).toMatchObject({ name: '沈国强', maritalStatus: 'MARRIED' });
    expect(data?.resident?.police?.phone).toMatch(/\*{4}/);
  });

  it('a page keeps the order of its identifiers; nobody and a wrong identifier are told apart', async () => {
    const wrong = { value: '330106199909099957' };
    const identifiers = [nobody(), wrong, known()];
    const answer = await ask(accessAs(), ResidentsPageDocument, { identifiers });
    expect(answer.data?.residents.map((resident) => resident?.name ?? null)).toEqual([null, null, '沈国强']);
    expect(reasonOf(answer, 'residents.0.name')).toBe('NO_RECORD');
    expect(reasonOf(answer, 'residents.0.police.divisionCode')).toBe('NO_RECORD');
    expect(reasonOf(answer, 'residents.1')).toBe('MALFORMED');
  });

  it('a department that is down is told from a field that is no longer granted, and the rest stands', async () => {
    const agreement = 'AGR-2026-0002';
    await hub.departments['social-security'].inject({ kind: 'refuse' });
    await hub.app.administration.setAgreementStatus(agreement, 'SUSPENDED', { by: 'test' });
    try {
      const answer = await ask(accessAs(), OneResidentDocument, { identifier: known() });
      expect(answer.data?.resident?.name).toBe('沈国强');
      expect(answer.data?.resident).toMatchObject({ maritalStatus: null, civilAffairs: null });
      expect(reasonOf(answer, 'resident.maritalStatus')).toBe('NOT_GRANTED');
      expect(reasonOf(answer, 'resident.civilAffairs.marriages.*.kind')).toBe('NOT_GRANTED');
      expect(answer.data?.resident?.socialSecurity).toBeNull();
      const down = explainNull(answer.problems, 'resident.socialSecurity.status');
      expect(down).toMatchObject({
        reason: 'NOT_ANSWERED',
        problem: { code: 'SOURCE_UNAVAILABLE', department: 'social-security', retryable: true },
      });
      const denied = explainNull(answer.problems, 'resident.maritalStatus');
      expect(denied).toMatchObject({ problem: { code: 'FIELD_DENIED', howToApply: expect.any(String) } });
    } finally {
      await hub.app.administration.setAgreementStatus(agreement, 'ACTIVE', { by: 'test' });
      await hub.departments['social-security'].recover();
    }
  });

  it('on a page with a department down, nobody is said to have no record there', async () => {
    await hub.departments['social-security'].inject({ kind: 'refuse' });
    try {
      const answer = await ask(accessAs(), ResidentsPageDocument, { identifiers: [known(), nobody()] });
      expect(answer.data?.residents[0]?.police).not.toBeNull();
      for (const path of ['residents.0.socialSecurity.status', 'residents.1.socialSecurity.status']) {
        expect(reasonOf(answer, path)).toBe('NOT_ANSWERED');
      }
    } finally {
      await hub.departments['social-security'].recover();
    }
  });

  it('an expired token is replaced once, and the answer is as if nothing had been', async () => {
    const asked: boolean[] = [];
    const late = new Date(Date.now() + 3_600_000);
    const getToken: HubAccess['getToken'] = async ({ isExpired }) => {
      asked.push(isExpired);
      const token = await hub.token({ client: demoCaller.client });
      now = isExpired ? () => new Date() : () => late;
      return token;
    };
    const { data, problems } = await ask(accessAs({ getToken }), OneResidentDocument, {
      identifier: known(),
    });
    expect([problems, data?.resident?.name]).toEqual([[], '沈国强']);
    expect(asked).toEqual([false, true]);
  });

  it('a token that the hub does not know is refused by code, without data and without another try', async () => {
    let asked = 0;
    const getToken = async () => {
      asked += 1;
      return 'not.a.token';
    };
    const answer = await ask(accessAs({ getToken }), OneResidentDocument, { identifier: known() });
    expect(answer.data).toBeUndefined();
    expect(answer.problems).toMatchObject([{ code: 'UNAUTHENTICATED', retryable: false }]);
    expect(asked).toBe(1);
  });

  it('a search goes from page to page until there is none, and meets nobody twice', async () => {
    const pages = await collect(
      findResidents((variables) => ask(street(), FindResidentsDocument, variables), { first: 1 }),
    );
    expect(pages.length).toBeGreaterThan(1);
    const found = pages.flatMap(({ residents }) => residents.map(({ id }) => id));
    const whole = await collect(
      findResidents((variables) => ask(street(), FindResidentsDocument, variables), { first: 100 }),
    );
    expect(new Set(found).size).toBe(found.length);
    expect(found.toSorted()).toEqual(
      whole.flatMap(({ residents }) => residents.map(({ id }) => id)).toSorted(),
    );
    expect(pages.flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('a page of a search that is refused is the last one, with its problem', async () => {
    const find = (variables: FindResidentsQueryVariables) => ask(street(), FindResidentsDocument, variables);
    const pages = findResidents(
      (variables) => find({ ...variables, after: variables.after ? 'no-cursor' : null }),
      {
        first: 1,
      },
    );
    const [first, second, ...rest] = await collect(pages);
    expect(first?.residents.length).toBeGreaterThan(0);
    expect(second).toMatchObject({ residents: [], problems: [{ code: 'CURSOR_INVALID' }] });
    expect(rest).toEqual([]);
  });

  it('one request too many waits as long as the hub says, and is answered then', async () => {
    await hub.departments.justice.inject({ kind: 'hang' });
    const holding = hub.ask({ query: holdingQuery, variables: { id: known().value } });
    await expect.poll(() => hub.departments.justice.delayed()).toBe(1);
    const waited: number[] = [];
    const wait = async (seconds: number) => {
      waited.push(seconds);
      await hub.departments.justice.recover();
      await holding;
    };
    const { data, problems } = await ask(accessAs({ wait }), OneResidentDocument, { identifier: known() });
    expect([problems, data?.resident?.name]).toEqual([[], '沈国强']);
    expect(waited).toEqual([1]);
  });

  it('one that still does not fit is told so, with the time after which it may', async () => {
    await hub.departments.justice.inject({ kind: 'hang' });
    const holding = hub.ask({ query: holdingQuery, variables: { id: known().value } });
    try {
      await expect.poll(() => hub.departments.justice.delayed()).toBe(1);
      const access = accessAs({ wait: () => Promise.resolve() });
      const answer = await ask(access, OneResidentDocument, { identifier: known() });
      expect(answer.data).toBeUndefined();
      expect(answer).toMatchObject({
        problems: [{ code: 'RATE_LIMITED', retryable: true }],
        retryAfterSeconds: 1,
      });
    } finally {
      await hub.departments.justice.recover();
      await holding;
    }
  });
});

function street(): HubAccess {
  return accessAs({
    purpose: 'grassroots-governance',
    getToken: () => hub.token({ client: 'street-platform' }),
  });
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

const holdingQuery =
  'query($id: String!) { resident(identifier: { value: $id }) { justice { mediationCases { dispute } } } }';

describe('the types of the example', () => {
  const operations = readFileSync('examples/client/operations.graphql', 'utf8');
  const schemaOf = async (client?: string) => {
    const { body } = await hub.ask({ ...(client ? { client } : {}), query: getIntrospectionQuery() });
    return printSchema(buildClientSchema(body.data));
  };

  it('are those that the schema of this application gives', async () => {
    const committed = readFileSync('examples/client/generated/operations.ts', 'utf8');
    expect(await generateTypes(await schemaOf(), operations)).toBe(committed);
  });

  it('are those that the schema of the street’s platform gives, for its search', async () => {
    const committed = readFileSync('examples/client/generated/search.ts', 'utf8');
    const search = readFileSync('examples/client/search.graphql', 'utf8');
    expect(await generateTypes(await schemaOf('street-platform'), search)).toBe(committed);
  });

  it('cannot be made for an application that may not use the fields', async () => {
    await expect(generateTypes(await schemaOf('hotline-12345'), operations)).rejects.toThrow(/maritalStatus/);
  });
});
