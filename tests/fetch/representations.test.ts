import { isUnionType } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { EntityKey } from '../../src/resident/entity-key.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { homes, placeTables } from '../support/place-tables.ts';
import { citizenIds } from '../support/residents.ts';
import { codes, comparable, execute, type Run, type RunOptions } from '../support/run-operation.ts';
import { deny, masked, permitAllBut } from '../support/table-policy.ts';

const ids = citizenIds(6);
const tables = placeTables(homes(ids, 3));
const all = permitAllBut(hubGraph, {});

/** As this client was given them: `grid-platform/CITIZEN_ID/…`. */
function reveal(client: string, reference: string): EntityKey | undefined {
  const [owner, type, value = ''] = reference.split('/');
  // The fixture makes its references of key types alone.
  return owner === client ? ({ type, value } as EntityKey) : undefined;
}

const resident = (n: number) => ({ __typename: 'Resident', id: `grid-platform/CITIZEN_ID/${ids[n]}` });
const query = `query($representations: [_Any!]!) { _entities(representations: $representations) {
  __typename
  ... on Resident { name maritalStatus police { phone } }
  ... on Household { address }
  ... on Building { name }
} }`;

function ask(representations: readonly unknown[], options: RunOptions = {}, source = query) {
  return execute(source, { representations }, { tables, decisions: all, reveal, ...options });
}

describe('things that other graphs refer to', () => {
  it('are all those that have a key', () => {
    const union = hubGraph.schema.getType('_Entity');
    const types = isUnionType(union) ? union.getTypes().map(({ name }) => name) : [];
    expect(types.sort()).toEqual([...hubGraph.entities.keys()].sort());
  });

  it('come in the order of the representations, each as its type, by any of its keys', async () => {
    const { data, errors, unknown } = await ask([
      { __typename: 'Building', code: 'B1' },
      resident(1),
      { __typename: 'Household', number: '002000000' },
      resident(0),
      { __typename: 'Household', id: 'grid-platform/HOUSEHOLD/002000001' },
      { __typename: 'Grid', code: 'G1' },
    ]);
    expect(errors).toEqual([]);
    expect(unknown).toEqual([]);
    expect(data._entities).toEqual([
      { __typename: 'Building', name: '一幢' },
      expect.objectContaining({ __typename: 'Resident', name: '居民1' }),
      { __typename: 'Household', address: '保俶路88号1幢0室' },
      expect.objectContaining({ __typename: 'Resident', name: '居民0' }),
      { __typename: 'Household', address: '保俶路88号1幢1室' },
      { __typename: 'Grid' },
    ]);
  });

  it('of one type are read at once, however many and however often they are named', async () => {
    const read = async (representations: readonly unknown[]) =>
      (await ask(representations)).reads.map(({ request }) => request.entity).sort();
    const one = await read([resident(0)]);
    expect(one).toEqual(['CivilAffairsRecord', 'PoliceRecord']);
    expect(await read([...ids.keys(), 0, 0, 3].map(resident))).toEqual(one);
  });

  it('are decided, masked and recorded as if they were asked for by their identifiers', async () => {
    const decisions = permitAllBut(hubGraph, {
      'PoliceRecord.name': masked('NAME'),
      'CivilAffairsRecord.maritalStatus': deny,
    });
    const fields = '{ name maritalStatus police { phone } }';
    const byKey = await ask(
      [resident(0), resident(1)],
      { decisions },
      `query($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on Resident ${fields} } }`,
    );
    const named = await execute(
      `query($i: [ResidentIdentifier!]!) { residents(identifiers: $i) ${fields} }`,
      { i: ids.slice(0, 2).map((value) => ({ value })) },
      { tables, decisions },
    );
    expect(byKey.data._entities).toEqual(named.data.residents);
    expect(byKey.story.decisions).toEqual(named.story.decisions);
    expect(byKey.story.residents).toEqual(named.story.residents);
    const told = ({ reads }: Run) =>
      reads.map(({ source, request }) => ({ source, ...request, requestId: '' }));
    expect(told(byKey)).toEqual(told(named));
    expect(comparable(byKey).replaceAll('_entities', 'residents')).toBe(comparable(named));
  });

  it('may stand in the document, beside aliases, directives and fragments', async () => {
    const source = `query($id: String!, $no: Boolean = false) {
      a: _entities(representations: [{ __typename: "Resident", id: $id }]) { ...R }
      b: _entities(representations: [{ __typename: "Resident", id: $id }]) @include(if: $no) { ...R }
      c: _entities(representations: { __typename: "Building", code: "B1" }) { __typename }
    } fragment R on Resident { name household { address } }`;
    const { data, errors, unknown } = await execute(
      source,
      { id: resident(0).id },
      { tables, decisions: all, reveal },
    );
    expect([errors, unknown]).toEqual([[], []]);
    expect(data).toEqual({
      a: [{ name: '居民0', household: { address: '保俶路88号1幢0室' } }],
      c: [{ __typename: 'Building' }],
    });
  });
});

describe('a representation that this client may not use', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`);
  const wrong: readonly (readonly [string, unknown])[] = [
    ['another client’s reference', { __typename: 'Resident', id: `elsewhere/CITIZEN_ID/${ids[0]}` }],
    ['no reference', { __typename: 'Resident', id: 'AAAA' }],
    ['a citizen id', { __typename: 'Resident', id: ids[0] }],
    ['a reference of another type', { __typename: 'Resident', id: 'grid-platform/HOUSEHOLD/002000000' }],
    ['a household by a resident', { __typename: 'Household', id: resident(0).id }],
    ['a key that is none', { __typename: 'Resident', citizenId: ids[0] }],
    ['a type without keys', { __typename: 'PoliceRecord', id: resident(0).id }],
    ['a type that is not there', { __typename: 'Nothing', id: resident(0).id }],
    ['Query', { __typename: 'Query' }],
    ['no type', { id: resident(0).id }],
    ['a number for an id', { __typename: 'Resident', id: 1 }],
    ['an operator for an id', { __typename: 'Resident', id: { $ne: null } }],
    ['a list for an id', { __typename: 'Resident', id: [resident(0).id] }],
    ['a list', [resident(0)]],
    ['a text', 'Resident'],
    ['a number', 7],
    ['inherited members', JSON.parse(`{"__proto__": {"__typename": "Resident", "id": "${resident(0).id}"}}`)],
    ['constructor as a type', { __typename: 'constructor', id: resident(0).id }],
    ['toString as a key', { __typename: 'Building', toString: 'B1' }],
    ['a path for a code', { __typename: 'Building', code: '../B1' }],
    ['very deep junk', deep],
  ];

  it.each(wrong)('%s: null, with the same words, and nobody is asked', async (_, representation) => {
    const { data, errors, reads, story, unknown } = await ask([representation]);
    expect(data).toEqual({ _entities: [null] });
    expect(reads).toEqual([]);
    expect(unknown).toEqual([]);
    expect(story.residents).toEqual([]);
    expect(errors).toEqual((await ask([{ __typename: 'Resident', id: 'nobody' }])).errors);
    expect(errors[0]?.extensions).toMatchObject({ code: 'IDENTIFIER_MALFORMED', positions: [0], count: 1 });
  });

  it('leaves the others alone, whatever else they carry', async () => {
    const extra = { ...resident(2), __proto__: { id: 'x' }, constructor: deep, name: '别人', nested: [deep] };
    const { data, errors } = await ask([...wrong.map(([, one]) => one), extra]);
    expect(data._entities.slice(0, -1).every((one: unknown) => one === null)).toBe(true);
    expect(data._entities.at(-1)).toMatchObject({ __typename: 'Resident', name: '居民2' });
    expect(errors.map(({ extensions }) => extensions?.['count'])).toEqual([wrong.length]);
    expect(({} as Record<string, unknown>)['id']).toBeUndefined();
  });
});

describe('representations count like identifiers', () => {
  it.each([
    ['of residents', resident(0)],
    ['of types that are not there', { __typename: 'Nothing' }],
  ])('100,000 %s are refused before one is opened', async (_, representation) => {
    let opened = 0;
    const open = (client: string, reference: string) => {
      opened += 1;
      return reveal(client, reference);
    };
    const many = Array.from({ length: 100_000 }, () => representation);
    expect(codes(await ask(many, { reveal: open }))).toEqual(['TOO_MANY_IDENTIFIERS']);
    expect(opened).toBe(0);
  });

  it('in several fields they count together, whatever their types', async () => {
    const source = `query($a: [_Any!]!, $b: [_Any!]!) {
      a: _entities(representations: $a) { ... on Resident { name } }
      b: _entities(representations: $b) { ... on Resident { maritalStatus } } }`;
    const options = { tables, decisions: all, reveal, limits: { maxIdentifiers: 5 } };
    const mixed = [resident(0), { __typename: 'Building', code: 'B1' }, resident(1)];
    expect(codes(await execute(source, { a: mixed, b: mixed }, options))).toEqual(['TOO_MANY_IDENTIFIERS']);
    expect(codes(await execute(source, { a: mixed, b: mixed.slice(1) }, options))).toEqual([]);
  });

  it('null is no list of them', async () => {
    const source = 'query($r: [_Any!]! = []) { _entities(representations: $r) { __typename } }';
    const answers = await Promise.all([
      execute(source, { r: null }, { decisions: all }),
      execute(source, { r: [null] }, { decisions: all }),
    ]);
    for (const run of answers) expect(codes(run)).toEqual(['VARIABLE_INVALID']);
    expect((await execute(source, {}, { decisions: all })).data).toEqual({ _entities: [] });
  });
});
