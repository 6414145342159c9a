import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

describe('what a caller is told of an error', () => {
  it.each(['audit', 'plan', 'request', 'resolvers'])(
    'is told in Chinese wherever it is in English: src/%s',
    (name) => {
      const folder = join('src', name);
      const literals = readdirSync(folder, { encoding: 'utf8' }).flatMap((file) =>
        hintsOf(file, readFileSync(join(folder, file), 'utf8')),
      );
      expect(literals.length).toBeGreaterThan(2);
      const english = literals.filter((literal) => !namesOf(literal).includes('hintZh'));
      expect(english.map((literal) => literal.getText())).toEqual([]);
    },
  );
});

/** The object literals with a member `hint`. */
function hintsOf(file: string, text: string): ts.ObjectLiteralExpression[] {
  const found: ts.ObjectLiteralExpression[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node) && namesOf(node).includes('hint')) found.push(node);
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}

function namesOf({ properties }: ts.ObjectLiteralExpression): readonly string[] {
  return properties.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []));
}
