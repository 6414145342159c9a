import { expect, test } from 'vitest';
import { type Composition, composeGraph } from '../../src/contract/compose-graph.ts';
import { earlyRules, rules } from '../../src/contract/rules/rules.ts';
import { composeSources, founding, graphqlLibrary, httpLibrary, library, museum, rulesOf } from './build.ts';
import { wrongFiles } from './wrong-files.ts';

test.each([library, httpLibrary, graphqlLibrary])(
  'the files that the wrong ones are made of are right',
  (text) => {
    expect(composeSources(...founding.sources, text).problems).toEqual([]);
  },
);

const compositions = new Map<string, Composition>();

/** The file beside the founding ones; composed once, though several tests look at it. */
function composeWrong(text: string): Composition {
  const composition = compositions.get(text) ?? composeSources(...founding.sources, { name: 'wrong', text });
  compositions.set(text, composition);
  return composition;
}

test.each(wrongFiles.map((file) => [file.rule, file] as const))(
  '%s is reported with its line, and nothing besides',
  (rule, { line, text, also }) => {
    const { graph, problems } = composeWrong(text);
    const reported = rulesOf({ problems: problems.filter(({ file }) => file === 'wrong') });
    expect(graph).toBeUndefined();
    expect([...new Set(reported)].sort()).toEqual([`${rule}@${line}`, ...(also ?? [])].sort());
  },
);

test('every rule has a file that breaks it', () => {
  const broken = new Set(wrongFiles.map(({ rule }) => rule));
  expect([...earlyRules, ...rules].map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
});

test('a message begins with a Chinese sentence for the department and names no more than the file does', () => {
  for (const { text } of wrongFiles) {
    for (const { message } of composeWrong(text).problems) {
      expect(message).toMatch(/^\p{Script=Han}[^:]*: /u);
      expect(message.length).toBeLessThanOrEqual(300);
    }
  }
});

test('all problems of all files come at once, sorted by file and line; a file that cannot be parsed hides no other', () => {
  const composition = composeSources(
    { name: 'c', text: `${library}type Stray { a: Int! }` },
    { name: 'a', text: 'extend schema @department(' },
    {
      name: 'b',
      text: museum.replace('level: 1', 'level: 9').replace('"/readers"', '"readers"'),
    },
  );
  expect(composition.problems.map(({ file, line, rule }) => `${file}:${line} ${rule}`)).toEqual([
    'a:1 syntax',
    'b:5 http-path',
    'b:8 share-level',
    'c:10 realm',
  ]);
});

test('a file that is in nobody’s way composes beside wrong ones as soon as they are taken away', () => {
  const wrong = { name: 'wrong', text: 'type PoliceRecord { name: String }' };
  expect(composeSources(...founding.sources, wrong).problems.map(({ file }) => file)).toEqual(['wrong']);
  expect(composeSources(...founding.sources).problems).toEqual([]);
});

test('two authorities of one element are both told of the other', () => {
  const claim = library.replace('level: 1)', 'level: 1) @authority(element: "Resident.name")');
  const { problems } = composeSources(...founding.sources, { name: 'wrong', text: claim });
  expect(problems.map(({ file, rule }) => `${file} ${rule}`)).toEqual([
    'sources/police-population.graphql two-authorities',
    'wrong two-authorities',
  ]);
});

test('what is wrong with the hub’s own files is reported, too', () => {
  const broken = founding.core.map(({ name, text }) => ({
    name,
    text: text.replace('citizenId: String', 'citizenId: Text'),
  }));
  const { problems } = composeGraph({ core: broken, sources: founding.sources });
  expect(problems.map(({ file, rule }) => `${file} ${rule}`)).toEqual(['core/resident.graphql sdl']);
  expect(composeGraph({ core: [], sources: founding.sources }).problems).not.toEqual([]);
});
