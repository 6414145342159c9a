/** A search that tries to learn something of a field that the caller may not read. */
export interface SearchAttempt {
  readonly what: string;
  /** The argument `where`, and what is selected of the connection. */
  readonly where?: unknown;
  /** Written into the operation, instead of `where` in a variable. */
  readonly literal?: string;
  readonly selection?: string;
  readonly first?: number;
  /** The whole operation. */
  readonly source?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Tells nothing even to those who may read the field, or is refused whoever asks. */
  readonly isBlind?: boolean;
}

/** What stands in one world and not in the other: a name that is denied, a birth date that is masked, a type of registration out of scope. */
export const secret = { name: '欧阳秘密', birthDate: '1976-07-04', registrationType: 'COLLECTIVE' } as const;

const name = { name: { eq: secret.name } };
const total = 'totalCount nodes { id }';

export const searchAttempts: readonly SearchAttempt[] = [
  { what: 'by the denied name', where: name },
  { what: 'by the denied name of the register', where: { policeRecord: name } },
  { what: 'by one of several names', where: { name: { in: ['甲', secret.name] } } },
  { what: 'by the first character of the name', where: { name: { prefix: '欧' } } },
  { what: 'by two conditions on the name', where: { name: { eq: secret.name, prefix: '欧阳' } } },
  { what: 'by a literal', literal: `{ name: { eq: "${secret.name}" } }` },
  { what: 'by a literal written in escapes', literal: '{ name: { prefix: "\\u6b27" } }' },
  { what: 'by the name with blanks around it', where: { name: { eq: ` ${secret.name}  ` } } },
  { what: 'by the name in another normal form', where: { name: { eq: secret.name.normalize('NFD') } } },
  { what: 'by the masked birth date', where: { birthDate: { eq: secret.birthDate } } },
  {
    what: 'by the masked birth date of the register',
    where: { policeRecord: { birthDate: { eq: secret.birthDate } } },
  },
  {
    what: 'by a range of the masked birth date',
    where: { birthDate: { gte: '1976-07-01', lt: '1976-08-01' } },
  },
  { what: 'by one bound of it', where: { birthDate: { gt: '1976-07-03' } } },
  {
    what: 'by a range that the mask shows',
    where: { birthDate: { gte: '1976-01-01', lte: '1976-07-31' } },
    isBlind: true,
  },
  { what: 'by a list of dates', where: { birthDate: { in: [secret.birthDate] } } },
  {
    what: 'by a field that is denied by its owner',
    where: { policeRecord: { registrationType: { eq: 'COLLECTIVE' } } },
  },
  { what: 'in an or with what holds for everybody', where: { or: [name, {}] }, isBlind: true },
  { what: 'in an or with what holds for nobody', where: { or: [name, { sex: { in: [] } }] } },
  { what: 'in an or of one', where: { or: [name] } },
  { what: 'in an or beside a permitted condition', where: { or: [name, { sex: { eq: 'UNSTATED' } }] } },
  { what: 'in an and beside a permitted condition', where: { and: [{ sex: { eq: 'MALE' } }, name] } },
  { what: 'beside a permitted condition', where: { ...name, sex: { eq: 'MALE' } } },
  { what: 'nested ten times', where: nested(name, 10) },
  {
    what: 'beside the other register',
    where: { and: [name, { policeResidencePermit: { reason: { eq: 'WORK' } } }] },
    isBlind: true,
  },
  {
    what: 'in an or with the other register',
    where: { or: [{ policeRecord: name }, { policeResidencePermit: { reason: { eq: 'STUDY' } } }] },
  },
  { what: 'by the total alone', where: name, selection: 'totalCount' },
  {
    what: 'by whether there is a next page',
    where: { or: [{ policeRecord: name }, { policeResidencePermit: { reason: { eq: 'WORK' } } }] },
    selection: 'pageInfo { hasNextPage }',
    first: 2,
  },
  { what: 'by the end of the page', where: name, selection: 'pageInfo { endCursor hasNextPage }', first: 1 },
  { what: 'by cursors', where: name, selection: 'edges { cursor }' },
  { what: 'by the type name of each', where: name, selection: 'nodes { __typename }' },
  { what: 'by the length of an aliased list', where: name, selection: 'x: edges { y: node { z: id } }' },
  {
    what: 'under include',
    where: name,
    selection: 'nodes @include(if: true) { id } totalCount @skip(if: false)',
  },
  {
    what: 'by two aliases, of which one is permitted',
    source: `query($w: ResidentFilter) { a: searchResidents { ${total} } b: searchResidents(where: $w) { ${total} } }`,
    variables: { w: name },
  },
  {
    what: 'by a variable inside a literal',
    source: `query($n: String) { searchResidents(where: { or: [{ name: { eq: $n } }] }) { ${total} } }`,
    variables: { n: secret.name },
  },
  {
    what: 'by the default of a variable',
    source: `query($w: ResidentFilter = { name: { eq: "${secret.name}" } }) { searchResidents(where: $w) { ${total} } }`,
  },
  {
    what: 'by a fragment',
    source: `query($w: ResidentFilter) { ...F } fragment F on Query { searchResidents(where: $w) { ${total} } }`,
    variables: { w: name },
  },
  { what: 'by a null condition', where: { name: null }, isBlind: true },
  { what: 'by a null operand', where: { name: { eq: null } }, isBlind: true },
  { what: 'by a null in a list', where: { or: [null] }, isBlind: true },
  { what: 'by an empty condition', where: { name: {} }, isBlind: true },
  { what: 'by an empty list', where: { name: { in: [] } }, isBlind: true },
  { what: 'by an empty prefix', where: { name: { prefix: '' } }, isBlind: true },
  {
    what: 'by a list of a thousand names',
    where: { name: { in: Array.from({ length: 1000 }, () => secret.name) } },
    isBlind: true,
  },
  {
    what: 'by a thousand conditions',
    where: { or: Array.from({ length: 1000 }, () => name) },
    isBlind: true,
  },
  { what: 'nested a thousand times', where: nested(name, 1000), isBlind: true },
  {
    what: 'by a name of a thousand characters',
    where: { name: { eq: secret.name.repeat(300) } },
    isBlind: true,
  },
  { what: 'by half a character', where: { name: { prefix: '\ud800' } }, isBlind: true },
  { what: 'by a field that no register has', literal: `{ phone: { eq: "1" } }`, isBlind: true },
  {
    what: 'by a misspelt field, for a suggestion',
    literal: `{ nmae: { eq: "${secret.name}" } }`,
    isBlind: true,
  },
  { what: 'by the identity number', literal: '{ citizenId: { prefix: "3301" } }', isBlind: true },
  {
    what: 'by everybody, page by page',
    selection: 'nodes { id } pageInfo { hasNextPage endCursor }',
    first: 2,
    isBlind: true,
  },
  ...[
    ['disagreements about the name', 'nodes { discrepancies { element statements { value } } }'],
    ['disagreements about one element', 'nodes { discrepancies(elements: ["Resident.name"]) { element } }'],
    ['the age that is computed of it', 'nodes { age }'],
    ['whether somebody is a minor', 'nodes { isMinor }'],
    ['whether somebody lives alone', 'nodes { livesAlone }'],
    ['the household of those found', 'nodes { household { id members { id } } }'],
    ['the dwelling of those found', 'nodes { dwelling { __typename } }'],
    ['records by their interface', 'nodes { sections { __typename ... on PoliceRecord { name } } }'],
    ['the name under an alias of another element', 'nodes { sex: name }'],
  ].map(([what, selection = '']) => ({ what: `by ${what}`, where: name, selection })),
  {
    what: 'by disagreements of everybody',
    selection: 'nodes { id discrepancies { element statements { department value } } }',
    isBlind: true,
  },
  { what: 'by the age of everybody', selection: 'nodes { id age isMinor }' },
  {
    what: 'by the age as a filter',
    literal: '{ age: { gte: 49 } }',
    isBlind: true,
  },
  {
    what: 'by a filter on what is beyond a relation',
    literal: '{ household: { number: { eq: "1" } } }',
    isBlind: true,
  },
  {
    what: 'by an explanation of the search',
    source: `query($w: JSON) { explainAccess(operation: "query($w: ResidentFilter) { searchResidents(where: $w) { totalCount nodes { name } } }", variables: { w: $w }) {
      maxResidents fields { coordinate effect rule } refusedFilters { coordinate explanation } departments { department } } }`,
    variables: { w: name },
    isBlind: true,
  },
  {
    what: 'by an explanation of the filter field',
    source: '{ explainField(field: "PoliceRecord.name") { effect explanation lesser { explanation } } }',
    isBlind: true,
  },
  { what: 'by the order of everybody', selection: 'edges { cursor node { id } } totalCount', isBlind: true },
];

function nested(where: unknown, depth: number): unknown {
  return depth === 0 ? where : { and: [nested(where, depth - 1)] };
}
