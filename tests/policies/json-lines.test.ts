import { describe, expect, it } from 'vitest';
import { lineOfPath } from '../../src/policies/json-lines.ts';

const text = `[
  {
    "a": "x, {\\"y\\": [1]}",
    "b": { "c": [1,
      -2.5e3, true, null,
      { "d": {} }
    ] }
  },
  {}
]`;

describe('the line of a JSON path', () => {
  it.each([
    ['$', 1],
    ['$[0]', 2],
    ['$[0].a', 3],
    ['$[0].b', 4],
    ['$[0].b.c', 4],
    ['$[0].b.c[0]', 4],
    ['$[0].b.c[1]', 5],
    ['$[0].b.c[3]', 5],
    ['$[0].b.c[4]', 6],
    ['$[0].b.c[4].d', 6],
    ['$[1]', 9],
    ['$[2]', undefined],
    ['$[0].nothing', undefined],
  ])('%s is %s', (path, line) => {
    JSON.parse(text);
    expect(lineOfPath(text, path)).toBe(line);
  });

  it('of a value alone is where it stands', () => {
    expect(lineOfPath('\n\n 7', '$')).toBe(3);
  });
});
