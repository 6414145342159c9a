import { citizenId } from '../support/residents.ts';

/** In the caller's region. */
export const near = citizenId(1);
/** Outside of it. */
export const far = citizenId(2);

/** What somebody tries to see, by which trick. `$i` is `near`, `$is` both residents; other variables as given. */
export interface Attempt {
  readonly target: keyof typeof targets;
  readonly what: string;
  readonly source: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  /** Refused as a whole, whoever asks. */
  readonly isRefused?: boolean;
  /** Shows nothing of the target even to those who may see it: only its existence, or another field. */
  readonly isBlind?: boolean;
}

/** What is to be kept from the caller: the stored column, and the value that must not get out. */
export const targets = {
  phone: { column: 'PoliceRecord.lxdh', value: '13911112222', isAsked: false },
  watchFlag: { column: 'PoliceRecord.zdrybs', value: '重点人员甲', isAsked: false },
  /** May be read masked. */
  name: { column: 'PoliceRecord.xm', value: '欧阳秘密', isAsked: true },
  birthDate: { column: 'PoliceRecord.csrq', value: '1976-07-04', isAsked: true },
  /** May be read of residents of the region. */
  farName: { column: 'CivilAffairsRecord.realName', value: '域外某人', isAsked: true },
  farMarriages: { column: 'CivilAffairsMarriage.spouse.name', value: '域外配偶', isAsked: true },
  caseNumber: { column: 'JusticeMediationCase.caseNo', value: '西湖调字88号', isAsked: false },
  party: { column: 'JusticeMediationCase.parties[].name', value: '当事人丁', isAsked: false },
  /** Who else lives there. */
  coResident: { column: 'PoliceDwelling.residents.gmsfhm', value: far, isAsked: false },
  householdNumber: { column: 'PoliceRecord.hh', value: '户号H-777', isAsked: true },
} as const;

const one = 'resident(identifier: $i)';
const many = 'residents(identifiers: $is)';
const I = '$i: ResidentIdentifier!';
const IS = '$is: [ResidentIdentifier!]!';

function fragments(target: Attempt['target'], name: string): Attempt[] {
  const onPolice = (selection: string) => `query(${I}) { ${one} { police { ${selection} } } }`;
  return [
    { target, what: 'plainly', source: onPolice(name) },
    { target, what: 'by an alias', source: onPolice(`x: ${name}`) },
    {
      target,
      what: "by an alias that is another field's name",
      source: onPolice(`registrationType: ${name}`),
    },
    { target, what: 'by an alias that is a hub field of the record', source: onPolice(`asOf: ${name}`) },
    { target, what: 'by an inline fragment', source: onPolice(`... { ${name} }`) },
    {
      target,
      what: 'by an inline fragment with a type',
      source: onPolice(`... on PoliceRecord { ${name} }`),
    },
    {
      target,
      what: 'through the interface and back',
      source: onPolice(`... on RecordSection { ... on PoliceRecord { ${name} } }`),
    },
    { target, what: 'by a fragment', source: `${onPolice('...F')} fragment F on PoliceRecord { ${name} }` },
    {
      target,
      what: 'by nested fragments',
      source: `${onPolice('...F')} fragment F on PoliceRecord { ...G } fragment G on RecordSection { ...H } fragment H on PoliceRecord { ${name} }`,
    },
    {
      target,
      what: 'by a fragment on the entity',
      source: `query(${I}) { ${one} { ...F } } fragment F on Resident { police { ${name} } }`,
    },
    {
      target,
      what: 'by a fragment on the root',
      source: `query(${I}) { ...F } fragment F on Query { ${one} { police { ${name} } } }`,
    },
    {
      target,
      what: 'by a fragment that contains itself',
      source: `${onPolice('...F')} fragment F on PoliceRecord { ${name} ...F }`,
      isRefused: true,
    },
    {
      target,
      what: 'in the list of sections',
      source: `query(${I}) { ${one} { sections { ... on PoliceRecord { ${name} } } } }`,
    },
    {
      target,
      what: 'in the list of sections, by alias and fragment',
      source: `query(${I}) { ${one} { s: sections { department ...F } } } fragment F on PoliceRecord { d: ${name} }`,
    },
    {
      target,
      what: 'on the interface itself',
      source: `query(${I}) { ${one} { sections { ${name} } } }`,
      isRefused: true,
    },
    {
      target,
      what: 'under a variable that includes it',
      source: `query(${I}, $v: Boolean!) { ${one} { police { ${name} @include(if: $v) } } }`,
      variables: { v: true },
    },
    {
      target,
      what: 'under a default that includes it',
      source: `query(${I}, $v: Boolean = true) { ${one} { police { ${name} @include(if: $v) } } }`,
    },
    {
      target,
      what: 'under a default that does not skip it',
      source: `query(${I}, $v: Boolean = false) { ${one} { police { ${name} @skip(if: $v) } } }`,
    },
    {
      target,
      what: 'under skip and include',
      source: `query(${I}, $v: Boolean!, $w: Boolean!) { ${one} { police { ${name} @skip(if: $w) @include(if: $v) } } }`,
      variables: { v: true, w: false },
    },
    {
      target,
      what: 'under include and skip',
      source: `query(${I}, $v: Boolean!, $w: Boolean!) { ${one} { police { ${name} @include(if: $v) @skip(if: $w) } } }`,
      variables: { v: true, w: false },
    },
    {
      target,
      what: 'in the second use of a fragment whose first is skipped',
      source: `query(${I}, $v: Boolean!) { ${one} { police { ...F @skip(if: $v) ...F @include(if: $v) } } } fragment F on PoliceRecord { ${name} }`,
      variables: { v: true },
    },
    {
      target,
      what: 'under a directive on the parent',
      source: `query(${I}, $v: Boolean!) { ${one} @include(if: $v) { police @skip(if: false) { ${name} } } }`,
      variables: { v: true },
    },
    { target, what: 'merged with itself', source: onPolice(`${name} ${name} ... { ${name} }`) },
    {
      target,
      what: 'in a second selection of the record',
      source: `query(${I}) { ${one} { police { __typename } police { ${name} } } }`,
    },
    {
      target,
      what: 'in a second selection of the root',
      source: `query(${I}) { ${one} { id } ${one} { police { ${name} } } }`,
    },
    {
      target,
      what: 'in two aliases of the record',
      source: `query(${I}) { ${one} { a: police { sex } b: police { ${name} } } }`,
    },
    {
      target,
      what: 'in two aliases of the root',
      source: `query(${I}) { a: ${one} { police { sex } } b: ${one} { police { ${name} } } }`,
    },
    {
      target,
      what: 'in 100 aliases',
      source: onPolice(Array.from({ length: 100 }, (_, n) => `a${n}: ${name}`).join(' ')),
    },
    {
      target,
      what: 'for the same resident twice',
      source: `query(${IS}) { ${many} { police { ${name} } } }`,
      variables: { is: [{ value: near }, { value: near }] },
    },
    {
      target,
      what: 'for one resident given for a list',
      source: `query(${IS}) { ${many} { police { ${name} } } }`,
      variables: { is: { value: near } },
    },
    {
      target,
      what: 'with a literal identifier',
      source: `{ resident(identifier: {value: "${near}"}) { police { ${name} } } }`,
    },
    {
      target,
      what: 'with the identifier as a default',
      source: `query($x: ResidentIdentifier! = {value: "${near}"}) { resident(identifier: $x) { police { ${name} } } }`,
    },
    {
      target,
      what: 'with a variable inside the argument',
      source: `query($x: String!) { resident(identifier: {value: $x}) { police { ${name} } } }`,
      variables: { x: near },
    },
    {
      target,
      what: 'in the operation that is picked',
      source: `query A(${I}) { ${one} { id } } query B(${I}) { ${one} { police { ${name} } } }`,
      operationName: 'B',
    },
    {
      target,
      what: 'in an operation called constructor',
      source: `query constructor(${I}) { ${one} { police { ${name} } } }`,
      operationName: 'constructor',
    },
    { target, what: 'by the alias constructor', source: onPolice(`constructor: ${name}`) },
    { target, what: 'by the alias toString', source: onPolice(`toString: ${name} hasOwnProperty: ${name}`) },
    { target, what: 'by the alias __proto__', source: onPolice(`__proto__: ${name}`), isRefused: true },
    {
      target,
      what: 'by a variable called __proto__',
      source: `query(${I}, $__proto__: Boolean!) { ${one} { police { ${name} @include(if: $__proto__) } } }`,
      variables: JSON.parse('{"__proto__": true}'),
      isRefused: true,
    },
    {
      target,
      what: 'by a variable called constructor',
      source: `query(${I}, $constructor: Boolean!) { ${one} { police { ${name} @include(if: $constructor) } } }`,
      variables: { constructor: true },
    },
    {
      target,
      what: 'as a mutation',
      source: `mutation(${I}) { ${one} { police { ${name} } } }`,
      isRefused: true,
    },
    {
      target,
      what: 'as a subscription',
      source: `subscription(${I}) { ${one} { police { ${name} } } }`,
      isRefused: true,
    },
  ];
}

function elements(target: Attempt['target'], name: string): Attempt[] {
  const on = (selection: string) => `query(${I}) { ${one} { ${selection} } }`;
  return [
    { target, what: 'as an element', source: on(name) },
    { target, what: 'as an element and as a field', source: on(`${name} police { ${name} }`) },
    { target, what: 'as an element under the name of another', source: on(`address: ${name}`) },
    { target, what: 'as an element of a list', source: `query(${IS}) { ${many} { e: ${name} } }` },
    {
      target,
      what: 'as an element in a fragment',
      source: `${on('...F')} fragment F on Resident { ... { ${name} } }`,
    },
  ];
}

const justice = (selection: string, header = I) => `query(${header}) { ${one} { justice { ${selection} } } }`;

const others: Attempt[] = [
  {
    target: 'phone',
    what: 'by naming what is around it only',
    source: `query(${I}) { ${one} { police { __typename department source asOf readAt } } }`,
    isBlind: true,
  },
  {
    target: 'phone',
    what: 'beside fields that are allowed',
    source: `query(${I}) { ${one} { name police { sex phone birthDate } } }`,
  },
  {
    target: 'phone',
    what: 'beside the record of another department',
    source: `query(${I}) { ${one} { civilAffairs { name } police { phone } } }`,
  },
  {
    target: 'phone',
    what: 'through the household',
    source: `query(${I}) { ${one} { police { household { ... on PoliceHousehold { phone } } } } }`,
    isRefused: true,
  },
  {
    target: 'phone',
    what: 'with an identifier of another type',
    source: `{ resident(identifier: {type: PASSPORT, value: "${near}"}) { police { phone } } }`,
    isBlind: true,
  },
  {
    target: 'phone',
    what: 'with __proto__ as the identifier',
    source: '{ resident(identifier: {value: "__proto__"}) { police { phone } } }',
    isBlind: true,
  },
  {
    target: 'phone',
    what: 'by introspection of its type',
    source: '{ __type(name: "PoliceRecord") { fields { name } } }',
    isBlind: true,
  },
  {
    target: 'watchFlag',
    what: 'beside introspection',
    source: `query(${I}) { __schema { types { name } } ${one} { police { watchFlag } } }`,
    isRefused: true,
  },
  {
    target: 'watchFlag',
    what: 'beside introspection under a condition',
    source: `query(${I}, $v: Boolean!) { __schema @include(if: $v) { types { name } } ${one} { police { watchFlag } } }`,
    variables: { v: false },
    isRefused: true,
  },
  {
    target: 'householdNumber',
    what: 'through the key of the household',
    source: `query(${I}) { ${one} { police { household { headName memberCount } } } }`,
    isBlind: true,
  },
  {
    target: 'householdNumber',
    what: "through the household's own number",
    source: `query(${I}) { ${one} { police { household { number } } } }`,
  },
  {
    target: 'householdNumber',
    what: 'beside the household that is keyed by it',
    source: `query(${I}) { ${one} { police { householdNumber household { headName } } } }`,
  },
  { target: 'farName', what: 'out of region', source: `query(${IS}) { ${many} { civilAffairs { name } } }` },
  {
    target: 'farName',
    what: 'out of region, beside a field that is free',
    source: `query(${IS}) { ${many} { civilAffairs { name assistance { kind } } } }`,
  },
  {
    target: 'farName',
    what: 'out of region, in the sections',
    source: `query(${IS}) { ${many} { sections { department ... on CivilAffairsRecord { name } } } }`,
  },
  {
    target: 'farName',
    what: 'out of region, by an alias beside somebody near',
    source: `query { a: resident(identifier: {value: "${near}"}) { civilAffairs { name } } b: resident(identifier: {value: "${far}"}) { civilAffairs { name } } }`,
  },
  {
    target: 'farName',
    what: 'out of region, with the gate field beside it',
    source: `query(${IS}) { ${many} { divisionCode police { divisionCode } civilAffairs { name } } }`,
  },
  {
    target: 'farMarriages',
    what: 'out of region, as rows of a list',
    source: `query(${IS}) { ${many} { civilAffairs { marriages { spouseName } } } }`,
  },
  {
    target: 'farMarriages',
    what: 'out of region, as rows of a list in a section',
    source: `query(${IS}) { ${many} { sections { ... on CivilAffairsRecord { m: marriages { registrar x: spouseName } } } } }`,
  },
  { target: 'caseNumber', what: 'in a list', source: justice('mediationCases { caseNumber }') },
  {
    target: 'caseNumber',
    what: 'in the first row of a list',
    source: justice('mediationCases(first: 1) { caseNumber }'),
  },
  {
    target: 'caseNumber',
    what: 'by filtering with it',
    source: justice('mediationCases(caseNumber: "西湖调字88号") { dispute }'),
    isBlind: true,
  },
  {
    target: 'caseNumber',
    what: 'by filtering with a variable',
    source: justice('mediationCases(caseNumber: $c) { dispute }', `${I}, $c: String`),
    variables: { c: '西湖调字88号' },
    isBlind: true,
  },
  {
    target: 'caseNumber',
    what: 'by filtering with a default',
    source: justice('mediationCases(caseNumber: $c) { dispute }', `${I}, $c: String = "西湖调字88号"`),
    isBlind: true,
  },
  {
    target: 'caseNumber',
    what: 'by filtering with null',
    source: justice('mediationCases(caseNumber: null) { dispute }'),
    isBlind: true,
  },
  {
    target: 'caseNumber',
    what: 'by filtering for existence only',
    source: justice('mediationCases(caseNumber: "西湖调字88号") { __typename }'),
    isBlind: true,
  },
  {
    target: 'caseNumber',
    what: 'by filtering in a section',
    source: `query(${I}) { ${one} { sections { ... on JusticeRecord { mediationCases(caseNumber: "西湖调字88号") { dispute } } } } }`,
    isBlind: true,
  },
  {
    target: 'party',
    what: 'in a list inside a list',
    source: justice('mediationCases { dispute parties { name role } }'),
  },
  {
    target: 'party',
    what: 'in a list inside a list, by aliases and fragments',
    source: `${justice('m: mediationCases { p: parties { ...P } }')} fragment P on JusticeParty { role: name }`,
  },
];

/** Ways to residents by the places where they are registered and live. */
function ways(target: Attempt['target'], selection: string): Attempt[] {
  const home = `household { members { ${selection} } }`;
  const asked = (what: string, source: string): Attempt => ({
    target,
    what: `by a relation, ${what}`,
    source,
  });
  return [
    asked('from the resident', `query(${I}) { ${one} { ${home} } }`),
    asked('by aliases', `query(${I}) { ${one} { name: household { sex: members { x: id ${selection} } } } }`),
    asked('from the household', `{ household(number: "户号H-777") { members { ${selection} } } }`),
    asked('cut short', `{ household(number: "户号H-777") { members(first: 2) { ${selection} } } }`),
    asked('there and back', `query(${I}) { ${one} { household { members(first: 5) { ${home} } } } }`),
    asked(
      'from the dwelling',
      `query(${I}) { ${one} { dwelling { households { members { ${selection} } } } } }`,
    ),
    asked(
      'from the building',
      `{ building(code: "B1") { dwellings(first: 2) { households { members { ${selection} } } } } }`,
    ),
    asked(
      'from the grid',
      `{ grid(code: "G1") { buildings(first: 1) { dwellings(first: 2) { households { members(first: 5) { ${selection} } } } } } }`,
    ),
    asked(
      'by fragments',
      `query(${I}) { ${one} { ...H } } fragment H on Resident { household { ...M } } fragment M on Household { members { ... on Resident { ${selection} } } }`,
    ),
    asked(
      'by a section of a member',
      `query(${I}) { ${one} { household { members { sections { __typename } ${selection} } } } }`,
    ),
  ];
}

const coResidents: readonly Attempt[] = [
  {
    target: 'coResident',
    what: 'from the dwelling',
    source: '{ dwelling(code: "FW1") { residents { citizenId } } }',
  },
  {
    target: 'coResident',
    what: 'from the resident',
    source: `query(${I}) { ${one} { dwelling { r: residents(first: 5) { citizenId } } } }`,
  },
  {
    target: 'coResident',
    what: 'from the building',
    source: '{ building(code: "B1") { dwellings(first: 3) { residents { police { citizenId } } } } }',
  },
  {
    target: 'coResident',
    what: 'by how many there are',
    source: '{ dwelling(code: "FW1") { residents { __typename } } }',
    isBlind: true,
  },
];

/** By what departments disagree on: the value of a field that is denied or masked must show in no comparison. */
function disagreements(target: Attempt['target'], element: string): Attempt[] {
  const shown = '{ element statements { field value } }';
  const all = `discrepancies ${shown}`;
  const named = (value: string) => `discrepancies(elements: ${value}) ${shown}`;
  const on = (selection: string, header = '') => `query(${I}${header}) { ${one} { ${selection} } }`;
  return [
    { target, what: 'in what disagrees', source: on(all) },
    { target, what: 'in what disagrees of its element', source: on(named(`"${element}"`)) },
    {
      target,
      what: 'in what disagrees of a variable element',
      source: on(named('$e'), ', $e: [String!]'),
      variables: { e: [element] },
    },
    {
      target,
      what: 'in what disagrees, beside the field',
      source: on(`x: ${all} name birthDate police { name birthDate }`),
    },
    {
      target,
      what: 'in what disagrees, by a fragment',
      source: `${on('...F')} fragment F on Resident { d: discrepancies { ... { statements { element: value } } } }`,
    },
    {
      target,
      what: 'in what disagrees of a list',
      source: `query(${IS}) { ${many} { ${all} } }`,
    },
    {
      target,
      what: 'by counting what disagrees',
      source: on('discrepancies { __typename statements { field } }'),
      isBlind: true,
    },
  ];
}

export const attempts: readonly Attempt[] = [
  ...ways('phone', 'police { phone }'),
  ...ways('watchFlag', 'police { watchFlag }').slice(0, 4),
  ...ways('birthDate', 'birthDate').slice(0, 6),
  ...ways('farName', 'civilAffairs { name }'),
  ...ways('farMarriages', 'civilAffairs { marriages { spouseName } }'),
  ...coResidents,
  ...fragments('phone', 'phone'),
  ...fragments('watchFlag', 'watchFlag').slice(0, 14),
  ...fragments('name', 'name'),
  ...fragments('birthDate', 'birthDate').slice(0, 14),
  ...elements('name', 'name'),
  ...elements('birthDate', 'birthDate'),
  ...disagreements('name', 'Resident.name'),
  ...disagreements('birthDate', 'Resident.birthDate'),
  ...disagreements('farName', 'Resident.name').filter(({ source }) => source.includes(many)),
  ...others,
];
