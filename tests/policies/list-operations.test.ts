import { describe, expect, test } from 'vitest';
import type { Agreement, Grant, RowRule } from '../../src/policies/agreement.ts';
import { parseAgreementDocuments } from '../../src/policies/agreement-document.ts';
import { compilePolicy } from '../../src/policies/policy.ts';
import { hubGraph } from '../support/hub-graph.ts';
import { agreement, center, mediation, noon, subject } from './build.ts';
import { emptyCatalogue } from './demo.ts';

const police = 'Resident.police';
const search = (...fields: string[]): Grant => ({ fields, operation: 'search' });
const inRegion: RowRule = { op: 'prefix', attribute: 'Resident.divisionCode', value: { subject: 'region' } };

function policyOf(...agreements: Agreement[]) {
  return compilePolicy({
    agreements,
    clients: new Map([[center.id, center]]),
    purposes: new Map([[mediation.code, mediation]]),
    fields: hubGraph.fields,
    at: noon,
  });
}

const decide = (coordinate: string, ...agreements: Agreement[]) =>
  policyOf(...agreements).decide(subject(), coordinate);

describe('searching and counting a register', () => {
  test('is granted by its own operation, and by no other', () => {
    const granted = agreement({ grants: [search(police)] });
    expect(decide(`${police}#search`, granted)).toEqual({ effect: 'PERMIT', rule: 'AGR-1.v1#0' });
    expect(decide(`${police}#count`, granted).effect).toBe('DENY');
    expect(decide('PoliceRecord.residencePermit#search', granted).effect).toBe('DENY');
    const reading = agreement({ grants: [{ fields: ['PoliceRecord.name'], operation: 'read' }] });
    expect(decide(`${police}#search`, reading).effect).toBe('DENY');
    expect(decide('PoliceRecord.name', granted).effect).toBe('DENY');
  });

  test.each([
    'Resident.civilAffairs#search',
    'PoliceRecord.household#search',
    'PoliceRecord.name#search',
    'Resident.nobody#search',
    'Resident.police#read',
    'Resident.police#',
    '#search',
    'Resident.constructor#search',
  ])('%s is nothing that can be granted', (coordinate) => {
    const [field = ''] = coordinate.split('#');
    expect(decide(coordinate, agreement({ grants: [search(field, 'PoliceRecord.name')] })).effect).toBe(
      'DENY',
    );
  });

  test('stands under the scope of the agreement, and several scopes are one or the other', () => {
    const street = agreement({ grants: [search(police)], rowScope: inRegion });
    expect(decide(`${police}#search`, street)).toEqual({
      effect: 'PERMIT_IF',
      when: inRegion,
      rule: 'AGR-1.v1#0',
    });
    const other: RowRule = { op: 'eq', attribute: 'PoliceRecord.sex', value: 'FEMALE' };
    const second = agreement({ id: 'AGR-2', grants: [{ ...search(police), rowScope: other }] });
    expect(decide(`${police}#search`, street, second)).toMatchObject({
      effect: 'PERMIT_IF',
      when: { op: 'or', rules: [inRegion, other] },
    });
  });

  test('is bounded by the page size of its agreement, and ends with it', () => {
    const granted = agreement({ grants: [search(police)], pageSize: 7 });
    expect(policyOf(granted).pageSize(subject(), `${police}#search`)).toBe(7);
    expect(decide(`${police}#search`, { ...granted, status: 'SUSPENDED' }).effect).toBe('DENY');
    expect(policyOf(granted).fingerprint).not.toBe(
      policyOf(agreement({ grants: [search(police)] })).fingerprint,
    );
  });

  test('another department cannot grant it', () => {
    expect(
      decide(`${police}#search`, agreement({ provider: 'justice', grants: [search(police)] })).effect,
    ).toBe('DENY');
  });
});

describe('an agreement that is imported', () => {
  const rulesOf = (changes: object) => {
    const { version: _, ...document } = agreement({ grants: [] });
    const text = JSON.stringify({ kind: 'agreement', ...document, ...changes });
    return parseAgreementDocuments([{ name: 'a.json', text }], emptyCatalogue(hubGraph))
      .problems.filter(({ rule }) => !rule.startsWith('unknown-'))
      .map(({ rule, path }) => [rule, path]);
  };

  test.each<[string, object, string]>([
    ['not-a-register', { grants: [search('PoliceRecord.name')] }, '$.grants[0].fields[0]'],
    ['not-a-register', { grants: [search('Resident.civilAffairs')] }, '$.grants[0].fields[0]'],
    ['wildcard', { grants: [search('Resident.*')] }, '$.grants[0].fields[0]'],
    ['foreign-field', { provider: 'justice', grants: [search(police)] }, '$.grants[0].fields[0]'],
    ['mask-unused', { grants: [{ ...search(police), mask: 'NAME' }] }, '$.grants[0].mask'],
    [
      'scope-not-of-register',
      { grants: [search('PoliceRecord.residencePermit')], rowScope: inRegion },
      '$.rowScope',
    ],
    [
      'scope-not-of-register',
      {
        grants: [
          {
            ...search(police),
            rowScope: { op: 'eq', attribute: 'PoliceResidencePermit.reason', value: 'WORK' },
          },
        ],
      },
      '$.grants[0].rowScope',
    ],
  ])('%s: %j', (rule, changes, path) => {
    expect(rulesOf(changes)).toContainEqual([rule, path]);
  });

  test('may let search and count side by side', () => {
    const grants = [search(police), { fields: [police], operation: 'count' }];
    expect(rulesOf({ grants, rowScope: inRegion })).toEqual([]);
  });
});
