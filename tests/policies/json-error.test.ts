import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonError } from '../../src/policies/json-error.ts';

describe('where a text stops being JSON', () => {
  it.each([
    ['', 1, 1],
    ['  ', 1, 3],
    ['<html>', 1, 1],
    ['{"kind": ', 1, 10],
    ['{\n  "kind": "agreement",\n  "id" "AGR"\n}', 3, 8],
    ['{\n  "a": 1,\n}', 3, 1],
    ['[1, 2,]', 1, 7],
    ['[1 2]', 1, 4],
    ['{"a": 01}', 1, 7],
    ['{"a": 1.}', 1, 7],
    ['{"a": truely}', 1, 7],
    ["{'a': 1}", 1, 2],
    ['{"a": "never closed}', 1, 7],
    ['{"a": "line\nbreak"}', 1, 7],
    ['{"a": "\\x"}', 1, 7],
    ['{"a": 1}}', 1, 9],
    ['{"a": 1} // said', 1, 10],
    ['{"a": [1, {"b": ]}', 1, 17],
    ['{1: 2}', 1, 2],
    ['{"a", 1}', 1, 5],
    ['[}', 1, 2],
    ['"a" "b"', 1, 5],
    ['{\r\n"a": ?', 2, 6],
  ])('%j: line %d, column %d', (text, line, column) => {
    expect(findJsonError(text)).toEqual({ line, column });
  });

  it('is nowhere exactly where JSON.parse has no objection', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '1', ':', '\\', '\n'))
      .map(([text, at, mark]) => {
        const position = at % (text.length + 1);
        return text.slice(0, position) + mark + text.slice(position + 1);
      });
    fc.assert(
      fc.property(broken, (text) => {
        let isValid = true;
        try {
          JSON.parse(text);
        } catch {
          isValid = false;
        }
        const error = findJsonError(text);
        return isValid ? error === undefined : error !== undefined && error.line >= 1 && error.column >= 1;
      }),
      { numRuns: 1000, seed: 7 },
    );
  });

  it('takes no recursion and no second for a hostile megabyte', () => {
    for (const text of [
      '['.repeat(1_048_576),
      `"${'\\"'.repeat(500_000)}`,
      `{"a":${'-'.repeat(1_000_000)}`,
    ]) {
      expect(findJsonError(text)).toBeDefined();
    }
  });
});
