import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Composition } from '../../src/contract/compose-graph.ts';
import { fileLimits } from '../../src/contract/parse-contract.ts';
import { earlyRules, rules } from '../../src/contract/rules/rules.ts';
import { composeSources, founding, httpLibrary, library, museum } from './build.ts';
import { wrongFiles } from './wrong-files.ts';

const ruleNames = new Set([...earlyRules, ...rules].map(({ name }) => name));
const texts = [...founding.sources.map(({ text }) => text), httpLibrary];

/** Either a graph or problems, each of a known rule, in a file that was given and on a line that it has. */
function expectSound({ graph, problems }: Composition, text: string): void {
  expect(graph === undefined).toBe(problems.length > 0);
  const lines = text.split(/\r\n|[\n\r]/).length;
  for (const { rule, file, line, message } of problems) {
    expect(ruleNames).toContain(rule);
    expect(file).toBe('hostile');
    expect(line).toBeGreaterThanOrEqual(0);
    expect(line).toBeLessThanOrEqual(lines);
    expect(message.length).toBeLessThanOrEqual(300);
  }
}

const seed = 20_261_121;

const words = [
  ...'{}[]()!:@"#|&=$,'.split(''),
  '"""',
  '__proto__',
  'constructor',
  'null',
  'true',
  '-1',
  '99999999999',
  '1.5',
  'extend',
  'type',
  'enum',
  'schema',
  'query',
  'union PoliceX = PoliceRecord',
  'Resident',
  'PoliceRecord',
  'JusticeRecord',
  'MANY',
  'ONE',
  '@from(path: "x")',
  '@connect(source: "police-population", key: [])',
  '@share(as: CONDITIONAL, level: 1)',
  '@authority(element: "Resident.name")',
  '[{ via: "PoliceRecord.household", column: "x" }]',
  '\uFEFF',
  '\u0000',
  '\uD800',
  '中',
];

/** Tokens of a real file, of which some are dropped, doubled, swapped or replaced. */
const mutated = fc
  .record({
    text: fc.constantFrom(...texts),
    changes: fc.array(
      fc.record({
        at: fc.nat(),
        how: fc.constantFrom('drop', 'double', 'swap', 'swap', 'swap', 'replace', 'insert', 'move'),
        other: fc.nat(),
        word: fc.constantFrom(...words),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ text, changes }) => {
    const tokens = text.match(/"(?:[^"\\\n]|\\.)*"|[\p{L}\p{N}_]+|\s+|[^\s\p{L}\p{N}_"]|"/gu) ?? [];
    for (const { at, how, other, word } of changes) {
      const index = at % tokens.length;
      const token = tokens[index] ?? '';
      const alike = tokens.filter((candidate) => kindOf(candidate) === kindOf(token));
      const far = alike[other % alike.length] ?? '';
      if (how === 'drop') tokens.splice(index, 1);
      if (how === 'double') tokens.splice(index, 0, token, ' ');
      if (how === 'swap' || how === 'move') tokens.splice(index, how === 'swap' ? 1 : 0, far);
      if (how === 'replace' || how === 'insert') tokens.splice(index, how === 'replace' ? 1 : 0, ` ${word} `);
    }
    return tokens.join('');
  });

/** Tokens are mostly exchanged for their like, so that most mutants parse and get as far as the rules. */
function kindOf(token: string): string {
  if (token.startsWith('"')) return 'string';
  return /^[\p{L}\p{N}_]/u.test(token) ? 'word' : token.trim() && 'punctuator';
}

test('a mutated file is composed or refused, never a crash', () => {
  fc.assert(
    fc.property(mutated, (text) => {
      expectSound(composeSources({ name: 'hostile', text }), text);
    }),
    { numRuns: 100, seed },
  );
});

test('arbitrary text is refused, never a crash', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...words)), (text) => {
      expectSound(composeSources({ name: 'hostile', text }), text);
    }),
    { numRuns: 50, seed },
  );
});

test('two wrong files at once are no worse than one', () => {
  const pair = fc.tuple(fc.constantFrom(...wrongFiles), fc.constantFrom(...wrongFiles));
  fc.assert(
    fc.property(pair, ([first, second]) => {
      const name = 'hostile';
      const composition = composeSources({ name, text: first.text }, { name, text: second.text });
      expectSound(composition, first.text.length > second.text.length ? first.text : second.text);
    }),
    { numRuns: 50, seed },
  );
});

/** Each is within the limits of a file and made to be slow or deep. */
const heavy: readonly (readonly [what: string, text: string])[] = [
  ['half a million brackets', '['.repeat(260_000)],
  ['deep values', `extend schema @codeTable(name: ${'['.repeat(100_000)})`],
  ['deep selections', '{a'.repeat(80_000)],
  ['many unknown directives, each on a line', `${library}${'\n@a'.repeat(60_000)}`],
  ['many definitions out of the realm', library + 'type A{a:B}\n'.repeat(18_000)],
  ['many unknown types with long, similar names', library + similarNames()],
  ['types that lead to each other twice at each step', branching(library)],
  ['a long chain of types', library + chain()],
  [
    'many fields on the entity',
    `${library}extend type Resident{${many(12_000, (i) => `a${i}:LibraryRecord`)}}`,
  ],
  [
    'many sources',
    `${library}extend schema ${many(2_500, (i) => `@source(name:"s${i}",department:"library",http:{credential:"c"})`)}`,
  ],
  [
    'many claims of one element',
    withFields(many(3_500, (i) => `a${i}:String@from(column:"a")@authority(element:"Resident.name")`)),
  ],
  [
    'many records with keys of each other',
    withFields(
      many(
        1_200,
        (i) =>
          `a${i}:LibraryRecord@connect(source:"library-db",sql:{table:"t"},key:[{via:"LibraryRecord.a${i}",column:"c"}])`,
      ),
    ),
  ],
  ['a deep body', httpLibrary.replace('{\\"ids\\":\\"$keys\\"}', '['.repeat(200_000))],
  ['a long path', httpLibrary.replace('"/readers"', `"${'/a'.repeat(100_000)}"`)],
  ['a long column', httpLibrary.replace('"card_no"', `"${'a.'.repeat(100_000)}"`)],
  [
    'a long coordinate',
    library.replace('level: 1)', `level: 1) @authority(element: "${'a.'.repeat(100_000)}")`),
  ],
  [
    'many codes',
    library.replace(
      'extend type',
      `@codeTable(name: "x", codes: [${many(8_000, (i) => `{code:"${i}",is:"x"}`)}]) extend type`,
    ),
  ],
];

test.each(heavy)('a file made to be heavy is answered soon: %s', (_what, text) => {
  expect(text.length).toBeLessThanOrEqual(fileLimits.characters);
  // Time of this process, so that a busy machine does not count.
  const begin = process.cpuUsage();
  expectSound(composeSources({ name: 'hostile', text }), text);
  expect(process.cpuUsage(begin).user).toBeLessThan(5_000_000);
});

function many(count: number, write: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => write(index)).join(' ');
}

function withFields(fields: string): string {
  return library.replace('  card:', `  ${fields} card:`);
}

function similarNames(): string {
  const name = (index: number) => `Library${'a'.repeat(40)}${index}`;
  return many(1_200, (index) => `type ${name(index)}{a:${name(index + 100_000)}}`);
}

function branching(text: string): string {
  const types = many(2_000, (i) => `type LibraryT${i}{a:LibraryT${i + 1} b:LibraryT${i + 1}}`);
  return `${text.replace('  card:', '  t: LibraryT0 card:')}${types}`;
}

function chain(): string {
  return many(7_500, (i) => `type LibraryT${i}{a:LibraryT${i + 1}}`);
}

test('a file full of mistakes does not hide those of another', () => {
  const noise = withFields(many(400, (i) => `a${i}:String!@from(column:"a")`));
  const { problems } = composeSources(
    { name: 'a', text: noise },
    { name: 'b', text: museum.replace('card: String', 'card: String!') },
  );
  expect(problems.filter(({ file }) => file === 'a')).toHaveLength(200);
  expect(problems.filter(({ file }) => file === 'b').map(({ rule }) => rule)).toEqual(['nullable']);
});
