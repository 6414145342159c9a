/**
 * Who may import whom: the table of the layout as lint errors, run by `scripts/check-imports.mjs`.
 *
 * The rows are an allow-list: a module of `src/` that no row names may import nothing, so a new folder starts closed.
 * Everybody may import `errors.ts`, `nearest-name.ts`, the types in `src/generated/` and the files of their own folder.
 */

/** Where the code is → what it may import from the rest of `src/`, and what it may import as types only. */
const rows = [
  { from: 'errors.ts' },
  { from: 'nearest-name.ts' },
  { from: 'outbound-address.ts' },
  { from: 'logger.ts' },
  { from: 'config.ts', values: ['plan/limits.ts'] },
  { from: 'resident/' },
  { from: 'keys/' },
  { from: 'storage/' },
  { from: 'telemetry/' },
  // Serves the files of a page; what the page asks goes through the front door.
  { from: 'explorer/' },
  { from: 'mask/' },
  { from: 'audit/' },
  { from: 'connectors/', values: ['resident/', 'outbound-address.ts'] },
  {
    from: 'identity/',
    values: ['outbound-address.ts', 'resident/citizen-id.ts'],
    types: ['policies/agreement.ts'],
  },
  { from: 'policies/', types: ['identity/subject.ts', 'contract/graph.ts'] },
  { from: 'contract/', types: ['connectors/connector.ts'] },
  {
    from: 'plan/',
    values: ['policies/', 'resident/'],
    types: ['contract/', 'identity/subject.ts', 'connectors/connector.ts'],
  },
  {
    // What a caller may use and why, from the same plan that is executed. It shows what masks do by running them on a sample.
    from: 'explain/',
    values: ['plan/', 'policies/', 'mask/'],
    types: ['contract/graph.ts', 'identity/subject.ts'],
  },
  {
    from: 'fetch/',
    // It tests a bound rule on the rows of a gate read, and asks the plan for its own keys and mappings: pure functions.
    values: [
      'mask/',
      'resident/',
      'plan/plan.ts',
      'plan/bound-plan.ts',
      'plan/check-size.ts',
      'policies/row-rule.ts',
      // Which days there are: one answer for agreements and for stored dates.
      'policies/calendar.ts',
      'policies/list-operation.ts',
    ],
    types: ['plan/', 'connectors/connector.ts', 'contract/graph.ts'],
  },
  // Writes what fetch left as the operation asks for it: pure but for the resolvers of the hub's own fields, which it calls.
  { from: 'answer/', values: ['plan/'], types: ['contract/graph.ts'] },
  { from: 'registry/', values: ['contract/', 'connectors/', 'policies/', 'keys/'], types: ['audit/'] },
  {
    from: 'resolvers/',
    values: ['fetch/', 'plan/', 'explain/', 'registry/', 'audit/', 'resident/'],
    types: ['request/story.ts', 'contract/graph.ts', 'policies/'],
  },
  { from: 'context.ts', values: ['identity/', 'policies/subject-class.ts'], types: ['policies/'] },
  {
    from: 'request/',
    values: [
      'services/',
      'answer/',
      'telemetry/telemetry.ts',
      'context.ts',
      'plan/',
      'explain/',
      'fetch/',
      'audit/',
      'policies/',
      'keys/',
      'resident/',
    ],
    types: ['config.ts', 'gateway.ts', 'contract/graph.ts', 'connectors/connector.ts', 'identity/subject.ts'],
  },
  // Describes registered operations for tools without GraphQL: pure.
  { from: 'services/', values: ['plan/collect-fields.ts'], types: ['policies/agreement.ts'] },
  { from: 'gateway.ts', values: ['contract/', 'request/'] },
  { from: 'main.ts', values: ['app.ts', 'config.ts'] },
  { from: 'console/', values: ['generated/operations/'] },
];
/** The composition root, which wires everything and so has no row: app.ts and its chapters in app/. */
const app = '^src/app(\\.ts$|/)';
const appEntry = '^src/app\\.ts$';
const appChapters = '^src/app/';

/** A package or a part of the project → the only files of `src/` that may import it. */
const reserved = [
  {
    name: 'prisma-only-in-its-files',
    comment: 'only *-prisma.ts files and src/storage know the Prisma client',
    path: [...packages('@prisma/[^/]+', 'pglite-prisma-adapter'), '^src/generated/prisma(/|$)'],
    allowed: ['-prisma\\.ts$', '^src/storage/'],
  },
  {
    name: 'drivers-only-at-the-edge',
    comment:
      'only connectors, the append path of the record and src/storage talk to a database or a department',
    path: packages('pg', 'pg-[^/]+', 'mysql2', 'undici', '@electric-sql/[^/]+'),
    allowed: ['^src/connectors/', '^src/audit/store-[^/]+\\.ts$', '^src/storage/'],
  },
  {
    name: 'casl-only-in-policies',
    comment: 'only policies decide what a caller may see',
    path: packages('@casl/[^/]+'),
    allowed: ['^src/policies/'],
  },
  {
    name: 'jose-only-for-tokens-and-keys',
    comment: 'only identity and the key ring handle signatures',
    path: packages('jose'),
    allowed: ['^src/identity/', '^src/keys/'],
  },
  {
    name: 'apollo-only-at-the-gateway',
    comment: 'only request, gateway.ts, app.ts and the resolvers know the GraphQL server',
    path: packages('@apollo/[^/]+'),
    allowed: ['^src/(gateway|app)\\.ts$', '^src/(request|resolvers|app)/'],
  },
];

const generatedTypes = '^src/generated/(?!prisma(/|$))';
const everybody = ['^src/(errors|nearest-name)\\.ts$'];
/** Reserved to some files by a rule of its own. */
const ruledElsewhere = ['^src/generated/prisma(/|$)'];
const entries = ['^src/main\\.ts$', '^scripts/[^/]+\\.ts$'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...rows.flatMap(rulesOfRow),
    {
      name: 'not-in-the-table',
      comment: 'a new part of src/ imports nothing until it has a row in .dependency-cruiser.cjs',
      severity: 'error',
      from: { path: '^src/', pathNot: [...rows.map((row) => source(row.from)), app, '^src/generated/'] },
      to: {},
    },
    ...reserved.map(({ name, comment, path, allowed }) => ({
      name,
      comment,
      severity: 'error',
      from: { path: '^src/', pathNot: [...allowed, '^src/generated/'] },
      to: { path },
    })),
    {
      name: 'app-is-the-root',
      comment: 'app.ts wires the parts; only main.ts, tests, examples and the bench start from it',
      severity: 'error',
      from: { pathNot: ['^src/main\\.ts$', '^tests/', '^examples/', '^bench/'] },
      to: { path: appEntry },
    },
    {
      name: 'app-has-its-own-chapters',
      comment: "what app.ts is split into is nobody else's",
      severity: 'error',
      from: { pathNot: [app, '^tests/'] },
      to: { path: appChapters },
    },
    {
      name: 'console-stands-apart',
      comment: 'the console is a client of the hub and talks GraphQL only',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/console/'] },
      to: { path: '^src/console/' },
    },
    {
      name: 'main-is-an-entry',
      comment: 'main.ts is run, never imported',
      severity: 'error',
      from: {},
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'product-stands-alone',
      comment: 'src/ never imports tests, examples, the bench, scripts or tools of the build',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: ['^(tests|examples|bench|scripts|docs|prisma)/', '^[^/]+\\.([cm]?ts|[cm]?js)$'] },
    },
    {
      name: 'no-development-package',
      comment: 'src/ runs without devDependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: ['(^|/)node_modules/@types/'] },
    },
    {
      name: 'examples-are-no-tests',
      comment: 'what a newcomer runs does not need the test suite',
      severity: 'error',
      from: { path: '^(examples|bench)/' },
      to: { path: '^tests/' },
    },
    {
      name: 'pure-folders-do-no-io',
      comment:
        'resident, policies, contract, plan, explain and mask are pure; what they need is an argument, or read by a *-files.ts',
      severity: 'error',
      from: {
        path: '^src/(resident|policies|contract|plan|explain|mask)/',
        pathNot: ['-prisma\\.ts$', '-files\\.ts$'],
      },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|net|http|http2|https|tls|dns|dgram|child_process|worker_threads|cluster)(/|$)',
      },
    },
    {
      name: 'no-cycle',
      comment: 'two modules that need each other are one module, or need a third',
      severity: 'error',
      from: { path: '^(src|tests|examples|bench|scripts)/' },
      to: { circular: true },
    },
    {
      name: 'no-unresolved-import',
      comment: 'an import that cannot be found cannot be checked either',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ruledElsewhere },
    },
    {
      name: 'no-unlisted-package',
      comment: 'what is imported stands in package.json',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dead-module',
      comment: 'a module that no entry reaches is not wired, or is dead',
      severity: 'error',
      from: { path: entries },
      to: { path: '^src/', pathNot: [...entries, '^src/(generated|console)/'], reachable: false },
    },
    {
      name: 'entry-scripts-need-nothing',
      comment: 'these run on a fresh clone, before anything is installed',
      severity: 'error',
      from: { path: '^scripts/(start|test|run-child|end-with-parent|ensure-installed)\\.mjs$' },
      to: { dependencyTypesNot: ['core'], pathNot: ['^scripts/(run-child|ensure-installed)\\.mjs$'] },
    },
  ],
  options: {
    doNotFollow: { path: ['(^|/)node_modules/', '^src/generated/prisma/'] },
    // Type imports are imports: a type from the wrong folder is a wrong dependency too.
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
      extensions: ['.ts', '.d.ts', '.mjs', '.js', '.cjs', '.json'],
    },
    skipAnalysisNotInRules: true,
  },
};

/** Two rules for a row: nothing outside it, and its types as types. */
function rulesOfRow({ from, values = [], types = [] }) {
  const name = from.replace(/\/$|\.ts$/, '');
  const own = from.endsWith('/') ? [source(from)] : [];
  const valuesAllowed = [...own, ...everybody, ...values.map(source)];
  const typesAllowed = [generatedTypes, ...types.map(source)];
  return [
    {
      name: `${name}-imports`,
      comment: `src/${from} may import ${listed([...values, ...types])}`,
      severity: 'error',
      from: { path: source(from) },
      to: { path: '^src/', pathNot: [...valuesAllowed, ...typesAllowed, ...ruledElsewhere] },
    },
    {
      name: `${name}-imports-types`,
      comment: `src/${from} may import ${listed(['generated/', ...types])} with "import type" only`,
      severity: 'error',
      from: { path: source(from) },
      to: { path: typesAllowed, pathNot: valuesAllowed, dependencyTypesNot: ['type-only'] },
    },
  ];
}

/** `folder/` matches what is in it, `file.ts` the file. */
function source(place) {
  return place.endsWith('/') ? `^src/${place}` : `^src/${place.replaceAll('.', '\\.')}$`;
}

/** A package where it is installed, and by its bare name where it is not. */
function packages(...names) {
  return names.flatMap((name) => [`(^|/)node_modules/${name}(/|$)`, `^${name}(/|$)`]);
}

function listed(places) {
  return places.length === 0 ? 'nothing else of src/' : places.join(', ');
}
