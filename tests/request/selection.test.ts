import fc from 'fast-check';
import {
  execute as executeReference,
  type GraphQLFieldResolver,
  getNamedType,
  isCompositeType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { expect, it } from 'vitest';
import { composeWithoutResolvers, hubGraph } from '../support/hub-graph.ts';
import { type Dice, makeOperation } from '../support/random-operation.ts';
import type { StoredRow } from '../support/recording-connector.ts';
import { citizenIds, identifiers } from '../support/residents.ts';
import { execute } from '../support/run-operation.ts';
import { sampleTables } from '../support/sample-tables.ts';
import { deny, masked, permitAllBut } from '../support/table-policy.ts';

const ids = citizenIds(6);
const sample = sampleTables(ids);

/** Rows of those who have a record too: a record is also there for what lies below it, which depends on the selection. */
function below(list: string, key: string, record: string, recordKey: string): readonly StoredRow[] {
  const known = new Set(sample[record]?.map((row) => row[recordKey]));
  return (sample[list] ?? []).filter((row) => known.has(row[key]));
}

const options = {
  tables: {
    ...sample,
    CivilAffairsMarriage: below('CivilAffairsMarriage', 'idCard', 'CivilAffairsRecord', 'idCard'),
    JusticeCommunityCorrection: below('JusticeCommunityCorrection', 'idNumber', 'JusticeRecord', 'idNumber'),
    JusticeMediationCase: below('JusticeMediationCase', 'idNumber', 'JusticeRecord', 'idNumber'),
  },
  decisions: permitAllBut(hubGraph, {
    'PoliceRecord.phone': deny,
    'PoliceRecord.watchFlag': deny,
    'PoliceRecord.name': masked('NAME'),
    'PoliceRecord.birthDate': masked('YEAR'),
    'JusticeParty.name': masked('NAME'),
    'CivilAffairsMarriage.spouseCitizenId': deny,
    'SocialSecurityRecord.employer': masked('REDACT'),
    'JusticeCommunityCorrection.office': deny,
  }),
  limits: {
    maxTokens: 100_000,
    maxDirectives: 10_000,
    maxAliases: 10_000,
    maxSelections: 100_000,
    maxCost: 100_000_000,
    maxReads: 10_000,
    maxFragments: 10_000,
  },
};

const plainGraph = composeWithoutResolvers();

/** From one shared entity to another there is no end: relations have tests of their own. */
const relations = new Set(
  [...plainGraph.entities.keys()].flatMap((entity) => {
    const type = plainGraph.schema.getType(entity);
    const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
    return fields
      .filter((field) => plainGraph.entities.has(getNamedType(field.type).name))
      .map(({ name }) => `${entity}.${name}`);
  }),
);

/** Every field of a type and below. */
function everything(typeName: string): string {
  const type = plainGraph.schema.getType(typeName);
  if (!isObjectType(type)) return '{ __typename }';
  const fields = Object.values(type.getFields()).filter(
    ({ name }) => name !== 'sections' && !relations.has(`${typeName}.${name}`),
  );
  const written = fields.map((field) => {
    const named = getNamedType(field.type);
    return isCompositeType(named) ? `${field.name} ${everything(named.name)}` : field.name;
  });
  return `{ __typename ${written.join(' ')} }`;
}

type View = Readonly<Record<string, unknown>>;

const whole = await execute(
  `query($is: [ResidentIdentifier!]!) { residents(identifiers: $is) ${everything('Resident')} }`,
  { is: identifiers(ids) },
  options,
);
const views = new Map<string, View>(whole.data.residents.map((view: View, n: number) => [ids[n], view]));

/** What graphql-js makes of the whole view, which was read with every field at once. */
const readView: GraphQLFieldResolver<View, unknown> = (view, args, _context, info) => {
  switch (info.fieldName) {
    case 'resident':
      return views.get(args['identifier'].value);
    case 'residents':
      return args['identifiers'].map(({ value }: { value: string }) => views.get(value));
    case 'sections':
      return ['civilAffairs', 'justice', 'police', 'socialSecurity'].flatMap((name) => view[name] ?? []);
    default:
      return applyArguments(view[info.fieldName], args);
  }
};

function applyArguments(value: unknown, { first, ...filters }: View): unknown {
  if (!Array.isArray(value)) return value;
  const wanted = Object.entries(filters).filter(([, filter]) => filter !== null);
  const rows = value.filter((row: View) => wanted.every(([name, filter]) => row[name] === filter));
  return typeof first === 'number' ? rows.slice(0, first) : rows;
}

/** Says nothing: a record that is not there answers as one of which nothing is shown. */
function isVoid(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value !== 'object') return false;
  return Object.entries(value).every(([name, member]) => /typename/i.test(name) || isVoid(member));
}

/** Without what says nothing, and in an order that does not depend on it. */
function said(value: unknown): unknown {
  if (isVoid(value)) return null;
  if (Array.isArray(value)) return value.map(said).filter((item) => item !== null);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !/typename/i.test(name) && !isVoid(member))
      .map(([name, member]) => [name, said(member)]),
  );
}

// Whatever stands beside it, under whatever name, a field has the value that it has alone.
it('what is selected, and how, changes no value of the answer', async () => {
  expect(whole.unknown).toEqual([]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5039), { minLength: 40, maxLength: 300 }), async (rolls) => {
      const { source, variables } = makeOperation(diceOf(rolls), hubGraph.schema, {
        ids,
        without: relations,
      });
      const document = parse(source);
      fc.pre(validate(hubGraph.schema, document).length === 0);
      const expected = await executeReference({
        schema: plainGraph.schema,
        document,
        rootValue: {},
        variableValues: variables,
        fieldResolver: readView,
      });
      const actual = await execute(source, variables, options);
      expect(actual.unknown).toEqual([]);
      expect(said(actual.data), source).toEqual(said(JSON.parse(JSON.stringify(expected.data))));
    }),
    { numRuns: 100 },
  );
});

function diceOf(rolls: readonly number[]): Dice {
  let at = 0;
  return (sides) => (rolls[at++ % rolls.length] ?? 0) % sides;
}
