import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseIssuers } from '../../src/identity/issuer.ts';
import { readSubject } from '../../src/identity/read-subject.ts';
import { parseAgreementDocuments } from '../../src/policies/agreement-document.ts';
import { problemTexts } from '../../src/policies/document-problems.ts';
import { composeDemo, emptyCatalogue, readFolder } from '../policies/demo.ts';

const agreements = readFileSync('docs/agreements.md', 'utf8');
const tokens = readFileSync('docs/tokens.md', 'utf8');
const readers = readFileSync('src/policies/read-documents.ts', 'utf8');

describe('docs/agreements.md', () => {
  it('shows an agreement that is imported without a problem', () => {
    const [example = ''] = blocks(agreements);
    const registered = ['clients.json', 'purposes.json'].map((name) => ({
      name,
      text: readFileSync(`examples/agreements/${name}`, 'utf8'),
    }));
    const files = [...registered, { name: 'example.json', text: example }];
    const { documents, problems } = parseAgreementDocuments(files, emptyCatalogue(composeDemo()));
    expect(problems).toEqual([]);
    expect(documents.filter(({ kind }) => kind === 'agreement')).toHaveLength(1);
    expect(readFolder('examples/agreements').length).toBeGreaterThan(2);
  });

  it('lists every member of an agreement, and no other', () => {
    const [, source = ''] = readers.split('export const readAgreement = object(');
    const [members = ''] = source.split('\n);');
    const names = [...members.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name);
    expect(cells(agreements, '| member | needed | meaning |').flat().toSorted()).toEqual(names.toSorted());
  });

  it.each([
    ['| member of `consumer` | needed | meaning |', ['department', 'clients', 'roles', 'officerRequired']],
    ['| member of a grant | needed | meaning |', ['fields', 'operation', 'mask', 'rowScope']],
  ])('lists the members in the table %s', (header, names) => {
    expect(cells(agreements, header).flat()).toEqual(names);
  });

  it('lists every rule with both sentences, and no other', () => {
    const [, table = ''] = agreements.split('| rule | 中文 | English |\n|---|---|---|\n');
    const rows = Object.entries(problemTexts).map(([rule, [zh, en]]) => `| \`${rule}\` | ${zh} | ${en} |`);
    expect(table.trim().split('\n')).toEqual(rows);
  });
});

describe('docs/tokens.md', () => {
  it('shows claims that the shown issuer may make', () => {
    const [claims = '', file = ''] = blocks(tokens);
    const [issuer] = parseIssuers(file, { baseDir: '.', isProduction: true });
    if (!issuer) throw new TypeError('the page shows no issuer');
    const { iss, aud, ...rest } = JSON.parse(claims);
    expect([iss, aud]).toEqual([issuer.issuer, issuer.audience]);
    const { client_id: client, department, officer, region, purposes, roles } = rest;
    expect(readSubject(rest, issuer)).toMatchObject({
      ...{ client, department, officer, region, purposes, roles },
    });
  });

  it('lists every member of an issuer, and no other', () => {
    const [, list = ''] =
      /const members = \[([^\]]+)\]/.exec(readFileSync('src/identity/issuer.ts', 'utf8')) ?? [];
    const names = [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name);
    expect(cells(tokens, '| member | needed | meaning |').flat()).toEqual(names);
  });

  it('lists every claim that is read', () => {
    const source = readFileSync('src/identity/read-subject.ts', 'utf8');
    const read = [...source.matchAll(/(?:claim|text)\('(\w+)'/g)].map(([, name = '']) => name);
    const listed = cells(tokens, '| claim | needed | meaning |').flat();
    expect(listed.toSorted()).toEqual([...new Set([...read, 'iss', 'aud', 'nbf', 'iat'])].toSorted());
  });
});

function blocks(page: string): string[] {
  return [...page.matchAll(/^```json\n([\s\S]*?)\n```$/gm)].map(([, text = '']) => text);
}

/** The names in the first cells of the table with that header, row by row. */
function cells(page: string, header: string): string[][] {
  const [, rest = ''] = page.split(`${header}\n`);
  return (rest.split('\n\n')[0] ?? '')
    .split('\n')
    .slice(1)
    .map((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}
