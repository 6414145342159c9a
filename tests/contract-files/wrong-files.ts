import { edit, graphqlLibrary, httpLibrary, library } from './build.ts';

/** A file that breaks one rule, and the line on which it does. */
export interface WrongFile {
  readonly rule: string;
  readonly line: number;
  readonly text: string;
  /** `rule@line` of what the same mistake breaks besides. */
  readonly also?: readonly string[];
}

const card = 'card: String @from(column: "card_no") @share(as: CONDITIONAL, level: 1)';
const key = 'key: [{ from: "citizenId", column: "id_no" }]';
const connect = `@connect(source: "library-db", sql: { table: "reader" }, ${key})`;

/** The library with a list of loans, which has an argument. */
const lending = edit(library, [
  [
    card,
    `${card}
  loans(branch: String, first: Int): [LibraryLoan!] @connect(source: "library-db", rows: MANY, sql: { table: "loan" }, ${key})`,
  ],
]).concat(`type LibraryLoan {
  branch: String @from(column: "branch") @share(as: CONDITIONAL, level: 1) @filterable
}
`);

/** The library's file with one text replaced by another. */
function wrong(rule: string, line: number, from: string, to: string, ...also: string[]): WrongFile {
  return { rule, line, text: edit(library, [[from, to]]), also };
}

/** … with something else instead of the field of its record. */
function field(rule: string, text: string, ...also: string[]): WrongFile {
  return wrong(rule, 8, card, text, ...also);
}

/** … with the field, and another beside it. */
function besides(rule: string, text: string, ...also: string[]): WrongFile {
  return field(rule, `${card} ${text}`, ...also);
}

/** … with another line in its header. */
function header(rule: string, text: string, ...also: string[]): WrongFile {
  return wrong(rule, 4, 'extend type', `  ${text}\nextend type`, ...also);
}

/** … with one more definition at its end. */
function appended(rule: string, text: string, ...also: string[]): WrongFile {
  return { rule, line: 10, text: library + text, also };
}

function loans(rule: string, line: number, from: string, to: string, ...also: string[]): WrongFile {
  return { rule, line, text: edit(lending, [[from, to]]), also };
}

function http(rule: string, from: string, to: string, ...also: string[]): WrongFile {
  return { rule, line: 5, text: edit(httpLibrary, [[from, to]]), also };
}

function graphql(rule: string, from: string, to: string, ...also: string[]): WrongFile {
  return { rule, line: 5, text: edit(graphqlLibrary, [[from, to]]), also };
}

const early: readonly WrongFile[] = [
  { rule: 'limits', line: 0, text: `${library}#${'x'.repeat(262_144)}` },
  appended('limits', `type LibraryX { a: ${'['.repeat(60)}Int${']'.repeat(60)} }`),
  appended('limits', `type Library${'X'.repeat(60)} { a: Int }`),
  appended('syntax', 'type LibraryX {'),
  besides('reserved-name', 'constructor: String @from(column: "x")'),
  besides('reserved-name', '__proto__: String @from(column: "x")'),
  appended('sdl', 'type LibraryRecord { other: String @from(column: "x") }'),
  besides('sdl', 'other: String @from(column: "x") @shared'),
  besides('sdl', 'card: String @from(column: "x")'),
  besides('sdl', 'other: String @from(colum: "x")', 'from-arguments@8', 'column-name@8'),
  field('directive-arguments', 'card: String @from(column: 3)'),
  field('directive-arguments', 'card: String @from(column: "x") @share(as: OPEN, level: 1)'),
  wrong('directive-arguments', 5, '{ table: "reader" }', '{ table: "reader", schema: "x" }'),
  wrong('directive-arguments', 5, 'key:', 'rows: null, key:'),
];

const departments: readonly WrongFile[] = [
  { rule: 'file-department', line: 1, text: 'type LibraryRecord { card: String }' },
  wrong('file-department', 1, 'department: "library", mysql', 'department: "police", mysql'),
  {
    rule: 'file-department',
    line: 1,
    text: edit(library, [[/@department.*\n/.exec(library)?.[0] ?? '', '\n']]),
  },
  wrong('department-name', 2, 'title: "图书馆"', 'title: " "'),
  wrong('department-name', 2, '"Library"', '"LIBRARY"', 'entity-field@5', 'realm@7', 'unknown-type@5'),
  {
    rule: 'department-name',
    line: 2,
    text: library.replaceAll('Library', 'Page').replace('library:', 'page:'),
  },
  appended('realm', 'type PoliceRecord { name: String }'),
  appended('realm', 'type Librarian { name: String }'),
  appended('realm', 'extend type PoliceRecord { name: String }'),
  appended('realm', 'extend type Query { everybody: [Resident] }'),
  appended('realm', 'extend enum Sex { OTHER }'),
  appended('realm', 'directive @free on FIELD'),
  appended('realm', 'scalar LibraryText'),
  appended('realm', 'schema { query: Query }', 'root-operation@10'),
  appended('realm', '{ residents }'),
  appended('type-kind', 'union LibraryThing = LibraryRecord'),
  appended('type-kind', 'input LibraryFilter { a: Int }'),
  wrong('type-kind', 7, 'type LibraryRecord {', 'type LibraryRecord implements RecordSection {'),
  appended('root-operation', 'extend schema { mutation: LibraryRecord }'),
  wrong('entity-field', 5, 'library: LibraryRecord', 'books: LibraryRecord'),
  wrong('entity-field', 5, `library: LibraryRecord ${connect}`, 'library: String', 'unreachable-type@7'),
  wrong('entity-field', 6, '}\ntype', `second: LibrarySecond ${connect} }\ntype`, 'unknown-type@6'),
  wrong('entity-key', 4, 'extend type Resident', 'extend type Resident @key(fields: "citizenId")'),
  wrong('entity-key', 7, 'type LibraryRecord', 'type LibraryRecord @key(fields: "id")'),
  besides('meta-field', 'source: String @from(column: "x")'),
];

const sources: readonly WrongFile[] = [
  wrong('source-name', 3, 'credential: "library-db"', 'credential: "../police"'),
  header('duplicate-source', '@source(name: "library-db", department: "library", http: { credential: "x" })'),
  wrong('source-kind', 3, 'mysql: {', 'http: { credential: "x" }, mysql: {'),
  wrong('source-kind', 3, ', mysql: { credential: "library-db" }', ''),
  wrong('charset', 3, '" })\n', '" }, charset: "GBKK")\n'),
  wrong('charset', 3, '-db" })', '-db", columnCharsets: [{ column: "x", charset: "x" }] })'),
  wrong('number-range', 3, '" })\n', '" }, deadlineMs: 600000)\n'),
  wrong('number-range', 5, 'key:', 'maxRows: 0, key:'),
  http('number-range', 'batch: 50', 'batch: 0'),
  header('duplicate-code-table', '@codeTable(name: "GB/T 3304", codes: [{ code: "1", is: "A" }])'),
  header('duplicate-code-table', '@codeTable(name: "GB/T 2261.1", codes: [{ code: "1", is: "A" }])'),
  header(
    'duplicate-code-table',
    '@codeTable(name: "x", codes: [{ code: "1", is: "A" }]) @codeTable(name: "x", codes: [{ code: "1", is: "A" }])',
  ),
  header('code-table', '@codeTable(name: "x", codes: [{ code: "1", is: "A" }, { code: "1", is: "B" }])'),
  header('code-table', '@codeTable(name: "x", codes: [])'),
  field(
    'code-table',
    'card: LibraryKind @from(column: "x", codes: "k") } enum LibraryKind { A @code(table: "k", is: ["1", "1"])',
  ),
  field('unknown-code-table', 'card: String @from(column: "x", codes: "police-hklb")'),
  wrong('unknown-code-table', 5, 'column: "id_no"', 'column: "id_no", codes: "x"'),
  field('codes-fit', 'card: Int @from(column: "x", codes: "GB/T 3304")'),
  field('codes-fit', 'card: Sex @from(column: "x", codes: "GB/T 3304")'),
  field('codes-fit', 'card: Sex @from(column: "x")'),
];

/** … with the field, and beside it one that claims what the police claims already. */
function claiming(rule: string, text: string, ...also: string[]): WrongFile {
  return besides(rule, text, 'two-authorities@8', ...also);
}

/** Ways to other shared entities. */
const relations: readonly WrongFile[] = [
  besides('relation-claim', 'home: Household @from(column: "x")'),
  claiming('missing-from', 'home: Dwelling @authority(element: "Resident.dwelling")'),
  claiming(
    'list',
    'home: [Dwelling!] @from(column: "x") @authority(element: "Resident.dwelling")',
    'authority-element@8',
  ),
  claiming('authority-element', 'home: Grid @from(column: "x") @authority(element: "Resident.dwelling")'),
  claiming('authority-element', 'home: Resident @from(column: "x") @authority(element: "Household.members")'),
  claiming(
    'column-only',
    'home: Dwelling @from(column: "x") @filterable @authority(element: "Resident.dwelling")',
  ),
  claiming(
    'arguments',
    `home(first: Int): Dwelling @connect(source: "library-db", sql: { table: "home" }, ${key}) @from(column: "x") @authority(element: "Resident.dwelling")`,
  ),
  claiming(
    'mask-fit',
    'home: Dwelling @from(column: "x") @share(as: CONDITIONAL, level: 1, mask: REDACT) @authority(element: "Resident.dwelling")',
  ),
  claiming(
    'derive-fit',
    `alone: Boolean @connect(source: "library-db", rows: MANY, sql: { table: "home" }, ${key}) @from(column: "x") @derive(as: AGE) @authority(element: "Resident.livesAlone")`,
  ),
  claiming(
    'derive-fit',
    'alone: Boolean @from(column: "x") @derive(as: IS_ALONE) @authority(element: "Resident.livesAlone")',
  ),
  wrong('entity-field', 5, `library: LibraryRecord ${connect}`, 'library: Household', 'unreachable-type@7'),
  wrong('key', 5, 'citizenId', 'number'),
  wrong('key', 5, 'extend type Resident {', 'extend type Household {'),
];

const types: readonly WrongFile[] = [
  field('unknown-type', 'card: LibraryCard @from(column: "x")'),
  field('unknown-type', 'card: JSON @from(column: "x") @share(as: CONDITIONAL, level: 1)'),
  field('unknown-type', 'card: ShareType @from(column: "x", codes: "GB/T 3304")', 'codes-fit@8'),
  appended('unknown-type', 'extend type LibraryCard { a: Int @from(column: "x") }', 'unreachable-type@10'),
  appended('unknown-type', 'extend enum LibraryKind { A }', 'unreachable-type@10'),
  ...relations,
  field('nullable', 'card: String! @from(column: "x")'),
  field('list', 'card: [String!] @from(column: "x")'),
  field('list', 'card: [[String]] @from(column: "x")'),
  wrong('list', 5, 'library: LibraryRecord', 'library: [LibraryRecord!]'),
  wrong('list', 5, 'key:', 'rows: MANY, key:'),
  besides(
    'empty-type',
    'part: LibraryPart } type LibraryPart type LibraryOther { a: Int @from(column: "x")',
    'unreachable-type@8',
  ),
  appended('empty-type', 'enum LibraryKind', 'unreachable-type@10'),
  appended('unreachable-type', 'type LibraryOther { a: Int @from(column: "x") }'),
  appended('unreachable-type', 'enum LibraryKind { A }'),
  besides('recursion', 'again: LibraryRecord'),
  {
    rule: 'type-depth',
    line: 24,
    text: edit(library, [[card, `${card} a: Library0`]]).concat(
      Array.from({ length: 30 }, (_, i) => `type Library${i} { a: Library${i + 1} }\n`).join(''),
      'type Library30 { a: Int @from(column: "x") }',
    ),
    also: Array.from({ length: 16 }, (_, i) => `unreachable-type@${i + 25}`),
  },
  besides('type-used-twice', 'a: LibraryPart b: LibraryPart } type LibraryPart { n: Int @from(column: "n")'),
];

/** Two sources for the record; the second may lack things. */
const branches = edit(library, [
  [
    'extend type',
    '  @source(name: "library-two", department: "library", mysql: { credential: "library-two" })\nextend type',
  ],
  [connect, `${connect}\n    ${connect.replace('library-db', 'library-two')}`],
]);

const connectTwo = connect.replace('library-db', 'library-two');

function branch(rule: string, line: number, from: string, to: string, ...also: string[]): WrongFile {
  return { rule, line, text: edit(branches, [[from, to]]), also };
}

const columns: readonly WrongFile[] = [
  field('missing-from', 'card: String'),
  branch('missing-from', 10, '"card_no"', '"card_no", source: "library-two"'),
  wrong('missing-connect', 5, connect, ''),
  wrong('from-and-connect', 5, connect, `${connect} @from(column: "x")`),
  field('from-arguments', 'card: String @from(column: "x", path: "x")'),
  field('from-arguments', 'card: String @from(codes: "GB/T 3304")', 'column-name@8'),
  field('from-arguments', 'card: String @from(column: "x") @from(column: "y")'),
  field('from-arguments', 'card: String @from(column: "x") @from(column: "y", source: "police-population")'),
  besides('from-arguments', 'part: [LibraryPart!] } type LibraryPart { n: Int @from(column: "n")'),
  field('column-name', 'card: String @from(column: "a.b")'),
  field('column-name', 'card: String @from(column: "x; DROP TABLE reader")'),
  field('column-name', 'card: String @from(column: "")'),
  besides('column-name', 'part: LibraryPart @from(path: "p") } type LibraryPart { n: Int @from(column: "n")'),
  { rule: 'column-name', line: 8, text: edit(httpLibrary, [['"card_no"', '"a.__proto__.b"']]) },
  { rule: 'column-name', line: 8, text: edit(httpLibrary, [['"card_no"', '"constructor"']]) },
  { rule: 'column-name', line: 8, text: edit(graphqlLibrary, [['"card_no"', '"1card"']]) },
  field('format-fit', 'card: String @from(column: "x", format: yyyyMMdd)'),
  field('format-fit', 'card: Date @from(column: "x", format: epochMillis)'),
  wrong('format-fit', 5, 'key:', 'asOf: { column: "x", format: fen }, key:'),
  field('derive-fit', 'card: String @from(column: "x", format: yyyyMMdd) @derive(as: AGE)'),
  field('derive-fit', 'card: Int @from(column: "x", format: yyyyMMdd) @derive(as: AGE) @filterable'),
  wrong('column-only', 5, connect, `${connect} @share(as: CONDITIONAL, level: 1)`),
  wrong('column-only', 5, connect, `${connect} @filterable`),
  besides(
    'column-only',
    'part: LibraryPart @share(as: CONDITIONAL, level: 1) } type LibraryPart { n: Int @from(column: "n")',
  ),
];

const connects: readonly WrongFile[] = [
  wrong('unknown-source', 5, 'connect(source: "library-db"', 'connect(source: "nowhere"'),
  wrong('foreign-source', 5, 'connect(source: "library-db"', 'connect(source: "police-population"'),
  besides('connect-place', `other: String ${connect}`),
  loans(
    'connect-place',
    12,
    'branch: String @from',
    `again: LibraryRecord ${connect} branch: String @from`,
    'recursion@12',
  ),
  branch('connects-differ', 7, connectTwo, connectTwo.replace('key:', 'rows: MANY, key:')),
  branch(
    'connects-differ',
    7,
    connectTwo,
    connectTwo.replace('from: "citizenId"', 'from: "identifierValue"'),
  ),
  branch('connects-differ', 7, connectTwo, connect),
  http('where', 'key:', 'where: [{ column: "sealed", in: ["N"] }], key:'),
  http(
    'where',
    'batch: 50 }',
    'batch: 50, filters: [{ column: "x", param: "x" }] }, where: [{ column: "x", in: ["1", "2"] }]',
  ),
  wrong('where', 5, 'key:', 'where: [{ column: "sealed", in: [] }], key:'),
  wrong('arguments', 5, 'library:', 'library(first: Int):'),
  loans('arguments', 9, 'first: Int', 'first: String'),
  loans('arguments', 9, 'first: Int', 'first: Int = 10'),
  loans('arguments', 9, 'first: Int', 'first: Int!'),
  loans('arguments', 9, 'branch: String, first', 'branch: [String], first'),
  loans('arguments', 9, 'branch: String, first', 'branch: Int, first'),
  loans('arguments', 9, 'branch: String, first', 'title: String, first'),
  loans('arguments', 9, ' @filterable', ''),
];

/** Lending over HTTP, where filters must be declared. */
const remoteLending = edit(lending, [
  ['mysql: {', 'http: {'],
  ['sql: { table: "reader" }', 'http: { path: "/readers", body: "[\\"$keys\\"]" }'],
  ['sql: { table: "loan" }', 'http: { path: "/loans", body: "[\\"$keys\\"]" }'],
]);

const targets: readonly WrongFile[] = [
  { rule: 'arguments', line: 9, text: remoteLending },
  wrong('target', 5, 'sql: { table: "reader" }, ', ''),
  wrong('target', 5, 'key:', 'graphql: { entities: "Reader" }, key:'),
  { rule: 'target', line: 5, text: edit(library, [['mysql: {', 'graphql: {']]) },
  graphql('target', 'entities: "Reader"', 'batch: 10'),
  graphql('target', 'entities: "Reader"', 'entities: "Reader", query: { field: "readers", argument: "ids" }'),
  graphql('target', 'graphql: { entities', 'rows: MANY, graphql: { entities', 'list@5'),
  graphql(
    'target',
    'entities: "Reader"',
    'entities: "Reader", filters: [{ column: "x", op: PREFIX, param: "x" }]',
  ),
  wrong('target-name', 5, 'column: "id_no"', 'column: "id.no"'),
  wrong('target-name', 5, '"reader"', '"a.b.c"'),
  wrong('target-name', 5, '"reader"', '"reader; DROP TABLE reader"'),
  wrong('target-name', 5, 'key:', 'order: [{ column: "1 DESC --" }], key:'),
  wrong('target-name', 5, 'key:', 'where: [{ column: "a=a OR b", in: ["1"] }], key:'),
  wrong('target-name', 3, '-db" })', '-db", columnCharsets: [{ column: "a.b", charset: "GBK" }] })'),
  http('target-name', 'batch: 50', 'batch: 50, result: "data.__proto__"'),
  http('target-name', 'batch: 50', 'batch: 50, result: "data..list"'),
  http('target-name', 'batch: 50', 'batch: 50, success: { path: "constructor", values: ["0"] }'),
  http('target-name', 'batch: 50', 'batch: 50, query: [{ name: "a&b", value: "1" }]'),
  http('target-name', 'batch: 50', 'batch: 50, filters: [{ column: "x", param: "__proto__" }]'),
  graphql('target-name', '"Reader"', '"Reader { id } evil: _entities"'),
  graphql('target-name', 'column: "id_no"', 'column: "id-no"'),
  graphql('target-name', 'entities: "Reader"', 'query: { field: "__schema", argument: "ids" }'),
  ...[
    'readers',
    'https://example.org/readers',
    '//example.org/readers',
    '/readers?all=1',
    '/a/../b',
    '/%2e%2e/b',
    '/a\\\\b',
    '/a b',
    '/{id}',
  ].map((path) => http('http-path', '"/readers"', `"${path}"`)),
  http('http-status', 'batch: 50', 'batch: 50, emptyStatuses: [404, 401]'),
  http('http-status', 'batch: 50', 'batch: 50, emptyStatuses: [500]'),
  http('http-status', 'batch: 50', 'batch: 50, success: { path: "code", values: [] }'),
  ...[
    '{\\"ids\\":',
    '{\\"ids\\":\\"$keys\\",\\"x\\":\\"$all\\"}',
    '{\\"ids\\":\\"$keys\\",\\"x\\":\\"ids: $keys\\"}',
    '{\\"ids\\":\\"$keys\\",\\"__proto__\\":{}}',
    `{\\"ids\\":\\"$keys\\",\\"x\\":${'['.repeat(40)}${']'.repeat(40)}}`,
    '{\\"ids\\":\\"all\\"}',
    '{\\"ids\\":\\"$key\\"}',
    '{\\"ids\\":\\"$keys\\",\\"page\\":\\"$page\\"}',
    '{\\"ids\\":\\"$keys\\",\\"size\\":\\"$pageSize\\"}',
  ].map((body) => http('template', '"{\\"ids\\":\\"$keys\\"}"', `"${body}"`)),
  http('template', 'path:', 'method: GET, path:'),
  http('template', 'batch: 50', 'batch: 50, paging: { kind: PAGE, size: 100 }'),
  http(
    'template',
    'batch: 50',
    'batch: 50, query: [{ name: "c", value: "$cursor" }], paging: { kind: CURSOR, size: 9 }',
  ),
];

const keys: readonly WrongFile[] = [
  wrong('key', 5, '[{ from: "citizenId", column: "id_no" }]', '[]'),
  wrong('key', 5, 'from: "citizenId"', 'from: "name"'),
  wrong('key', 5, 'from: "citizenId"', 'from: "identifierType"'),
  wrong('key', 5, 'from: "citizenId"', 'from: "citizenId", via: "LibraryOther.number"', 'via@5'),
  wrong('key', 5, 'column: "id_no" }', 'column: "id_no" }, { column: "x" }'),
  wrong('key', 5, 'column: "id_no" }', 'column: "id_no" }, { from: "identifierValue", column: "id_no" }'),
  wrong(
    'key',
    5,
    'column: "id_no" }',
    'column: "id_no" }, { from: "identifierType", column: "t", forms: [LOWER_X] }',
  ),
];
/** The library with a record that is found by the reader's card, and one that is found by that. */
const linked = edit(library, [
  [
    card,
    `${card}
  branch: LibraryBranch @connect(source: "library-db", sql: { table: "branch" }, key: [{ via: "LibraryRecord.card", column: "c" }])
  shelf: LibraryShelf @connect(source: "library-db", sql: { table: "shelf" }, key: [{ via: "LibraryBranch.number", column: "n" }])`,
  ],
]).concat(`type LibraryBranch {
  number: String @from(column: "n")
}
type LibraryShelf {
  number: String @from(column: "n")
}
`);

function link(rule: string, line: number, from: string, to: string, ...also: string[]): WrongFile {
  return { rule, line, text: edit(linked, [[from, to]]), also };
}

const links: readonly WrongFile[] = [
  link('via', 9, 'LibraryRecord.card', 'LibraryRecord.cards'),
  link('via', 9, 'LibraryRecord.card', 'LibraryRecord'),
  link('via', 9, 'LibraryRecord.card', 'Resident.name'),
  link('via', 9, 'LibraryRecord.card', 'LibraryRecord.shelf'),
  link('via', 9, 'LibraryRecord.card', 'PoliceRecord.divisionCode'),
  link('via', 9, 'LibraryRecord.card', 'PolicePenalty.cause'),
  link('via-cycle', 9, 'LibraryRecord.card', 'LibraryShelf.number', 'via-cycle@10'),
  link('via-cycle', 9, 'LibraryRecord.card', 'LibraryBranch.number', 'via-cycle@10'),
  wrong('route', 5, 'key:', 'route: { via: "PoliceRecord.divisionCode", prefixes: [] }, key:'),
  wrong('route', 5, 'key:', 'route: { via: "PoliceRecord.divisionCode", prefixes: ["33", ""] }, key:'),
  wrong('route', 5, 'key:', 'route: { via: "PoliceRecord.householdNumber", prefixes: ["33"] }, key:'),
  wrong('route', 5, 'key:', 'route: { via: "Nobody.knows", prefixes: ["33"] }, key:'),
  wrong('via-cycle', 5, 'key:', 'route: { via: "LibraryRecord.card", prefixes: ["33"] }, key:'),
  idTypes('key-codes', '{ code: "1", is: "CITIZEN_ID" }, { code: "2", is: "CITIZEN_ID" }'),
  idTypes('key-codes', '{ code: "1", is: "DRIVING_LICENCE" }'),
];

const listed = (end: string, kind = 'REGISTERED'): string => `${end} @register(kind: ${kind})`;
const nameField = 'name: String @from(column: "xm") @share(as: CONDITIONAL, level: 2)';

const registers: readonly WrongFile[] = [
  besides('register', listed('title: String @from(column: "x")')),
  loans('register', 9, `"loan" }, ${key})`, listed(`"loan" }, ${key})`, 'FLOATING')),
  http('register', `${key})`, listed(`${key})`)),
  graphql('register', `${key})`, listed(`${key})`)),
  wrong('register', 5, `${key})`, listed(`${key.replace('citizenId', 'identifierValue')})`)),
  wrong(
    'register',
    5,
    `${key})`,
    listed(`route: { via: "PoliceRecord.divisionCode", prefixes: ["33"] }, ${key})`),
  ),
  besides('search-element', `${nameField} @filterable(element: "Resident.shoeSize")`),
  besides('search-element', `${nameField} @filterable(element: "name")`),
  besides('search-element', `${nameField} @filterable(element: "Resident.birthDate")`),
  field(
    'two-search-elements',
    `${card} @filterable(element: "Resident.name") ${nameField} @filterable(element: "Resident.name")`,
  ),
  appended('filter-name', 'enum LibraryRecordFilter { A }', 'unreachable-type@10'),
];

function idTypes(rule: string, codes: string): WrongFile {
  const coded = edit(library, [
    ['extend type', `  @codeTable(name: "id-types", codes: [${codes}])\nextend type`],
    [
      'from: "citizenId", column: "id_no"',
      'from: "identifierValue", column: "id_no" }, { from: "identifierType", column: "t", codes: "id-types"',
    ],
  ]);
  return { rule, line: 6, text: coded };
}

const sharing: readonly WrongFile[] = [
  field('share-level', 'card: String @from(column: "x") @share(as: CONDITIONAL, level: 0)'),
  field('share-level', 'card: String @from(column: "x") @share(as: CONDITIONAL, level: 5)'),
  field('share-basis', 'card: String @from(column: "x") @share(as: NON_SHARED, level: 1)'),
  field('share-basis', 'card: String @from(column: "x") @share(as: NON_SHARED, level: 1, basis: " ")'),
  field('share-person-level', 'card: String @from(column: "x") @share(as: UNCONDITIONAL, level: 1)'),
  ...[
    ['String', 'YEAR', ''],
    ['String', 'BAND', ''],
    ['Date', 'REDACT', ''],
    ['DateTime', 'YEAR', ''],
    ['Month', 'YEAR', ''],
    ['Int', 'REDACT', ''],
    ['Boolean', 'REDACT', ''],
    ['Sex', 'REDACT', ', codes: "GB/T 2261.1"'],
  ].map(([type, mask, codes]) =>
    field(
      'mask-fit',
      `card: ${type} @from(column: "x"${codes}) @share(as: CONDITIONAL, level: 1, mask: ${mask})`,
    ),
  ),
  besides('authority-element', 'number: String @from(column: "x") @authority(element: "Resident.shoeSize")'),
  besides('authority-element', 'number: String @from(column: "x") @authority(element: "Resident.id")'),
  besides('authority-element', 'number: String @from(column: "x") @authority(element: "Query.resident")'),
  besides('authority-element', 'number: String @from(column: "x") @authority(element: "Resident.__proto__")'),
  besides(
    'authority-element',
    'number: String @from(column: "x") @authority(element: "Resident.age")',
    'two-authorities@8',
  ),
  loans(
    'authority-element',
    12,
    'level: 1) @f',
    'level: 1) @authority(element: "Resident.name") @f',
    'two-authorities@12',
  ),
  ...[
    'String @from(column: "x") @states(element: "Resident.shoeSize")',
    'String @from(column: "x") @states(element: "Resident.id")',
    'String @from(column: "x") @states(element: "Resident.__proto__")',
    'String @from(column: "x") @states(element: "Resident.sex")',
    'String @from(column: "x") @states(element: "Resident.household")',
    'String @from(column: "x") @states(element: "Household.address")',
  ].map((text) => besides('statement-element', `number: ${text}`)),
  besides(
    'statement-element',
    'name: String @from(column: "x") @authority(element: "Resident.name") @states(element: "Resident.name")',
    'two-authorities@8',
  ),
  besides(
    'column-only',
    'more: LibraryMore @states(element: "Resident.name") } type LibraryMore { a: Int @from(column: "x")',
  ),
  loans('statement-element', 12, 'level: 1) @f', 'level: 1) @states(element: "Resident.name") @f'),
  besides('two-authorities', 'name: String @from(column: "x") @authority(element: "Resident.name")'),
];

/** What a department does to another, whose file is among those composed. */
const neighbours: readonly WrongFile[] = [
  {
    rule: 'duplicate-department',
    line: 2,
    text: library.replaceAll('"library"', '"police"'),
    also: ['entity-field@5', 'sdl@2'],
  },
  wrong(
    'duplicate-department',
    2,
    'prefix: "Library"',
    'prefix: "Justice"',
    'entity-field@5',
    'realm@7',
    'unknown-type@5',
  ),
  wrong(
    'duplicate-department',
    2,
    'prefix: "Library"',
    'prefix: "Civil"',
    'entity-field@5',
    'realm@7',
    'unknown-type@5',
  ),
  {
    rule: 'duplicate-source',
    line: 3,
    text: library.replaceAll('(name: "library-db"', '(name: "police-population"'),
    also: ['unknown-source@5'],
  },
  wrong('shared-credential', 3, 'credential: "library-db"', 'credential: "police-population"'),
  field('unknown-type', 'card: PoliceHousehold'),
];

export const wrongFiles: readonly WrongFile[] = [
  ...early,
  ...departments,
  ...sources,
  ...types,
  ...columns,
  ...connects,
  ...targets,
  ...keys,
  ...links,
  ...registers,
  ...sharing,
  ...neighbours,
];
