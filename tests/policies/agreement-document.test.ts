import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAgreementDocuments } from '../../src/policies/agreement-document.ts';
import { problemTexts } from '../../src/policies/document-problems.ts';
import { findDuplicateMembers } from '../../src/policies/duplicate-members.ts';
import { composeDemo, emptyCatalogue } from './demo.ts';

const catalogue = {
  ...emptyCatalogue(composeDemo()),
  purposes: new Set(['dispute-mediation']),
  clients: new Map([
    ['center', { department: 'mediation' }],
    ['desk', { department: 'civil-affairs' }],
  ]),
};

const valid = {
  kind: 'agreement',
  id: 'AGR-1',
  title: '矛盾调解中心使用公安数据的共享协议',
  consumer: { department: 'mediation', clients: ['center'] },
  provider: 'police',
  purpose: 'dispute-mediation',
  legalBasis: '《中华人民共和国人民调解法》',
  grants: [{ fields: ['PoliceRecord.name'], operation: 'read' }],
  validFrom: '2026-01-01T00:00:00+08:00',
  validUntil: '2029-01-01T00:00:00+08:00',
};
const grants = (...members: unknown[]) => ({ grants: members });
const read = (...fields: unknown[]) => grants({ fields, operation: 'read' });
const masked = (mask: string | undefined, ...fields: string[]) =>
  grants({ fields, operation: 'readMasked', ...(mask === undefined ? {} : { mask }) });
const scope = (rowScope: unknown) => ({ rowScope });
const term = (op: string, attribute: string, value: unknown) => scope({ op, attribute, value });
const born = 'Resident.birthDate';
const division = 'Resident.divisionCode';
const nest = (depth: number): unknown =>
  depth === 0 ? { op: 'eq', attribute: division, value: 'x' } : { op: 'and', rules: [nest(depth - 1)] };

const parse = (...values: unknown[]) => parseTexts(...values.map((value) => JSON.stringify(value)));
const parseTexts = (...texts: string[]) =>
  parseAgreementDocuments(
    texts.map((text, index) => ({ name: `${index}.json`, text })),
    catalogue,
  );
const found = (changes: object) =>
  parse({ ...valid, ...changes }).problems.map(({ rule, path }) => [rule, path]);

describe('a document without problems', () => {
  test('is given with its defaults, whether alone or in a list', () => {
    const expected = { ...valid, status: 'ACTIVE', pageSize: 100 };
    expect(parse(valid)).toEqual({ documents: [expected], problems: [] });
    expect(parse([valid])).toEqual({ documents: [expected], problems: [] });
    expect(parseTexts(`\ufeff${JSON.stringify(valid)}`).documents).toEqual([expected]);
  });

  test('may refer to a client and a purpose of another file of the same import', () => {
    const { documents, problems } = parse(
      { ...valid, purpose: 'new-purpose', consumer: { department: 'court', clients: ['new'] } },
      [
        { kind: 'client', id: 'new', department: 'court', title: '法院' },
        { kind: 'purpose', code: 'new-purpose', title: '新目的', caseRequired: false },
      ],
    );
    expect(problems).toEqual([]);
    expect(documents.map(({ kind }) => kind)).toEqual(['agreement', 'client', 'purpose']);
    expect(documents[1]).toEqual({
      ...{ kind: 'client', id: 'new', department: 'court', title: '法院' },
      registeredOnly: false,
      status: 'ACTIVE',
    });
  });

  test('may give a date for the first moment of its term in China', () => {
    const { documents } = parse({ ...valid, validFrom: '2026-01-01' });
    expect(documents[0]).toMatchObject({ validFrom: '2026-01-01T00:00:00+08:00' });
  });

  test.each<[string, object]>([
    ['a prefix of the caller’s region', term('prefix', division, { subject: 'region' })],
    ['an age', scope({ op: 'range', attribute: born, lte: { yearsAgo: 18 }, gt: '1900-01-01' })],
    [
      'either of two',
      scope({ op: 'or', rules: [{ op: 'in', attribute: division, values: ['a', 'b'] }, nest(1)] }),
    ],
    [
      'own cases, for fields of the case',
      {
        provider: 'justice',
        ...grants({
          fields: ['JusticeMediationCase.dispute'],
          operation: 'read',
          rowScope: { op: 'eq', attribute: 'JusticeMediationCase.caseNumber', value: { subject: 'case' } },
        }),
      },
    ],
    [
      'another department’s field that it opened as a gate',
      { provider: 'justice', ...read('JusticeRecord.name'), ...term('prefix', division, '330106') },
    ],
    [
      'a coded attribute with one of its values',
      {
        provider: 'social-security',
        ...grants({
          fields: ['SocialSecurityContribution.month'],
          operation: 'read',
          rowScope: { op: 'eq', attribute: 'SocialSecurityContribution.insurance', value: 'PENSION' },
        }),
      },
    ],
  ])('may be scoped by %s', (_, changes) => {
    expect(found(changes)).toEqual([]);
  });
});

describe('each problem is named with its place', () => {
  test.each<[string, object, string]>([
    ['unknown-member', { gratns: [] }, '$'],
    ['unknown-member', { consumer: { ...valid.consumer, role: ['x'] } }, '$.consumer'],
    ['unknown-member', grants({ ...valid.grants[0], maks: 'NAME' }), '$.grants[0]'],
    ['unknown-member', term('eq', division, { subject: 'region', or: 1 }), '$.rowScope.value'],
    ['missing-member', { legalBasis: undefined }, '$'],
    ['malformed', { id: 'AGR#1' }, '$.id'],
    ['malformed', { id: 'AGR|1' }, '$.id'],
    ['malformed', { provider: 'Police' }, '$.provider'],
    ['not-text', { legalBasis: '  ' }, '$.legalBasis'],
    ['not-text', { title: 'x'.repeat(201) }, '$.title'],
    ['not-text', { title: 'a\u0000b' }, '$.title'],
    ['not-an-object', { consumer: 'mediation' }, '$.consumer'],
    ['not-a-list', { grants: {} }, '$.grants'],
    ['list-length', { grants: [] }, '$.grants'],
    ['list-length', read(), '$.grants[0].fields'],
    ['list-length', { consumer: { ...valid.consumer, roles: [] } }, '$.consumer.roles'],
    ['list-length', scope({ op: 'in', attribute: division, values: [] }), '$.rowScope.values'],
    ['list-length', scope({ op: 'and', rules: [] }), '$.rowScope.rules'],
    ['not-one-of', grants({ fields: ['PoliceRecord.name'], operation: 'write' }), '$.grants[0].operation'],
    ['not-one-of', { status: 'active' }, '$.status'],
    ['not-one-of', scope({ op: 'not', rules: [] }), '$.rowScope.op'],
    ['not-one-of', term('eq', division, { subject: 'officer' }), '$.rowScope.value.subject'],
    ['not-a-flag', { consumer: { ...valid.consumer, officerRequired: 'yes' } }, '$.consumer.officerRequired'],
    ['number-range', { pageSize: 0 }, '$.pageSize'],
    ['number-range', { pageSize: 1001 }, '$.pageSize'],
    ['number-range', { quota: { requestsPerDay: 0.5 } }, '$.quota.requestsPerDay'],
    ['number-range', term('eq', born, { yearsAgo: -1 }), '$.rowScope.value.yearsAgo'],
    ['duplicate-value', read('PoliceRecord.name', 'PoliceRecord.name'), '$.grants[0].fields'],
    ['malformed', { validFrom: '2026-02-30T00:00:00+08:00' }, '$.validFrom'],
    ['malformed', { validFrom: '2026-01-01T00:00:00' }, '$.validFrom'],
    ['malformed', { validUntil: 1767196800000 }, '$.validUntil'],
    ['validity-empty', { validUntil: '2025-12-31T16:00:00Z' }, '$.validUntil'],
    ['unknown-department', { provider: 'tax', ...read() }, '$.provider'],
    ['unknown-purpose', { purpose: 'curiosity' }, '$.purpose'],
    [
      'unknown-client',
      { consumer: { department: 'mediation', clients: ['nobody'] } },
      '$.consumer.clients[0]',
    ],
    [
      'department-mismatch',
      { consumer: { department: 'mediation', clients: ['desk'] } },
      '$.consumer.clients[0]',
    ],
    ['wildcard', read('PoliceRecord.*'), '$.grants[0].fields[0]'],
    ['unknown-field', read('PoliceRecord.nmae'), '$.grants[0].fields[0]'],
    ['unknown-field', read('constructor'), '$.grants[0].fields[0]'],
    ['element-not-field', read('Resident.name'), '$.grants[0].fields[0]'],
    ['not-a-leaf', read('PoliceRecord.penalties'), '$.grants[0].fields[0]'],
    ['not-a-leaf', read('PoliceRecord.asOf'), '$.grants[0].fields[0]'],
    ['foreign-field', read('PoliceRecord.name', 'JusticeRecord.name'), '$.grants[0].fields[1]'],
    ['non-shared', read('PoliceRecord.watchFlag'), '$.grants[0].fields[0]'],
    ['mask-missing', masked(undefined, 'PoliceRecord.ethnicity'), '$.grants[0].fields[0]'],
    ['mask-unknown', masked('BLUR', 'PoliceRecord.name'), '$.grants[0].mask'],
    ['mask-unfit', masked('YEAR', 'PoliceRecord.name'), '$.grants[0].fields[0]'],
    ['mask-unfit', masked('REDACT', 'PoliceRecord.sex'), '$.grants[0].fields[0]'],
    [
      'mask-unused',
      grants({ fields: ['PoliceRecord.name'], operation: 'read', mask: 'NAME' }),
      '$.grants[0].mask',
    ],
    [
      'field-twice-unlike',
      { grants: [...read('PoliceRecord.name').grants, ...masked('NAME', 'PoliceRecord.name').grants] },
      '$.grants[1].fields[0]',
    ],
    ['rule-too-large', scope(nest(6)), '$.rowScope.rules[0].rules[0].rules[0].rules[0].rules[0].rules[0]'],
    ['attribute-unknown', term('eq', 'PoliceRecord.gone', 'x'), '$.rowScope.attribute'],
    ['attribute-unknown', term('eq', 'Resident.police', 'x'), '$.rowScope.attribute'],
    ['attribute-not-filterable', term('eq', 'PoliceRecord.phone', 'x'), '$.rowScope.attribute'],
    ['attribute-not-shared', term('eq', 'PoliceRecord.watchFlag', '1'), '$.rowScope.attribute'],
    ['attribute-not-gate', term('eq', 'JusticeMediationCase.caseNumber', 'x'), '$.rowScope.attribute'],
    ['attribute-of-list', term('eq', 'PolicePenalty.cause', 'x'), '$.rowScope.attribute'],
    ['attribute-of-other-entity', term('eq', 'PoliceBuilding.divisionCode', 'x'), '$.rowScope.attribute'],
    ['value-type', term('eq', born, '1990-02-30'), '$.rowScope.value'],
    ['value-type', term('eq', division, 330106), '$.rowScope.value'],
    ['value-type', term('prefix', division, null), '$.rowScope.value'],
    ['not-text', term('prefix', division, ''), '$.rowScope.value'],
    ['prefix-unfit', term('prefix', born, '1990'), '$.rowScope'],
    ['range-unfit', scope({ op: 'range', attribute: division, gte: 'a' }), '$.rowScope'],
    ['range-empty', scope({ op: 'range', attribute: born }), '$.rowScope'],
    ['years-ago-unfit', term('eq', division, { yearsAgo: 18 }), '$.rowScope.value'],
    ['subject-unfit', term('eq', born, { subject: 'region' }), '$.rowScope.value'],
  ])('%s: %j', (rule, changes, path) => {
    expect(found(changes)).toContainEqual([rule, path]);
  });

  test('coded attributes take no prefix, no range and no value that is none of theirs', () => {
    const insurance = 'SocialSecurityContribution.insurance';
    const scoped = (rowScope: object) =>
      found({
        provider: 'social-security',
        ...grants({ fields: ['SocialSecurityContribution.month'], operation: 'read', rowScope }),
      }).map(([rule]) => rule);
    expect(scoped({ op: 'prefix', attribute: insurance, value: 'PEN' })).toEqual(['prefix-unfit']);
    expect(scoped({ op: 'range', attribute: insurance, gte: 'A' })).toEqual(['range-unfit']);
    expect(scoped({ op: 'in', attribute: insurance, values: ['PENSION', '110'] })).toEqual(['value-unknown']);
  });

  test('all problems of all files come at once, in Chinese and English', () => {
    const { documents, problems } = parse(
      { ...valid, pageSize: 0, ...read('PoliceRecord.nmae', 'PoliceRecord.watchFlag'), extra: 1 },
      [valid, { ...valid, purpose: 'x' }, 5, { kind: 'agrement' }],
    );
    expect(problems.map(({ file, path, rule }) => `${file} ${path} ${rule}`)).toEqual([
      '0.json $.pageSize number-range',
      '0.json $ unknown-member',
      '0.json $.grants[0].fields[0] unknown-field',
      '0.json $.grants[0].fields[1] non-shared',
      '1.json $[0].id duplicate-id',
      '1.json $[1].id duplicate-id',
      '1.json $[1].purpose unknown-purpose',
      '1.json $[2] not-an-object',
      '1.json $[3] unknown-kind',
    ]);
    expect(documents).toEqual([]);
    expect(problems[2]).toMatchObject({
      zh: '没有这个字段：PoliceRecord.nmae → PoliceRecord.name。',
      en: 'There is no field PoliceRecord.nmae → PoliceRecord.name.',
    });
  });

  test('a member that is given twice is not silently the last one', () => {
    const text = JSON.stringify(valid).replace('"operation"', '"operation":"readMasked","operation"');
    expect(parseTexts(text).problems).toMatchObject([{ rule: 'duplicate-member', path: '$' }]);
    expect(findDuplicateMembers('{"a":{"b":1,"c":2},"b":[{"b":"\\"a\\":{"},{"b":1}]}')).toEqual([]);
    expect(findDuplicateMembers('{"a":1,"\\u0061":2}')).toEqual(['a']);
  });

  test('a wrong time is told the form that is expected', () => {
    const { problems } = parse({ ...valid, validFrom: '2026-13-01' });
    expect(problems[0]).toMatchObject({
      zh: '格式不正确，应为2026-01-01 / 2026-01-01T00:00:00+08:00。',
      en: 'The form is wrong: 2026-01-01 / 2026-01-01T00:00:00+08:00 is expected.',
    });
  });

  test('no expectation of ours is hidden behind an ellipsis', () => {
    const wrong = { ...valid, id: '!', provider: '!', title: '', status: '!', pageSize: 0, validUntil: '!' };
    const { problems } = parse({ ...wrong, grants: [], quota: { requestsPerDay: 0 } });
    expect(problems.length).toBeGreaterThan(7);
    for (const { zh, en } of problems) expect(zh + en).not.toContain('…');
  });

  test('an id that could be an identity number is refused: it would stand in every record', () => {
    expect(found({ id: 'AGR-330106198003159057' })).toContainEqual(['malformed', '$.id']);
  });

  test('the id of a revoked agreement is used up, except for the word that it is revoked', () => {
    const known = { ...catalogue, revoked: new Set([valid.id]) };
    const rulesOf = (document: object) =>
      parseAgreementDocuments([{ name: 'a.json', text: JSON.stringify(document) }], known).problems.map(
        ({ rule, path }) => [rule, path],
      );
    expect(rulesOf(valid)).toEqual([['revoked-id', '$.id']]);
    expect(rulesOf({ ...valid, status: 'SUSPENDED' })).toEqual([['revoked-id', '$.id']]);
    expect(rulesOf({ ...valid, status: 'REVOKED' })).toEqual([]);
  });

  test('the same code of a purpose twice, and of another kind once', () => {
    const purpose = { kind: 'purpose', code: 'center', title: '目的', caseRequired: true };
    const client = { kind: 'client', id: 'center', department: 'mediation', title: '中心' };
    expect(parse(purpose, client).problems).toEqual([]);
    expect(parse(purpose, purpose).problems).toMatchObject([{ rule: 'duplicate-id', path: '$.code' }]);
  });

  test('every problem has a Chinese and an English sentence', () => {
    for (const [zh, en] of Object.values(problemTexts)) {
      expect(zh).toMatch(/\p{Script=Han}.*[。]$|%$/u);
      expect(en.length).toBeGreaterThan(10);
    }
  });
});

describe('hostile files', () => {
  test.each([
    ['not-json', '{"kind": '],
    ['not-json', ''],
    ['not-json', '<html>'],
    ['file-too-large', `"${'数'.repeat(400_000)}"`],
    ['too-deep', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['list-length', JSON.stringify(Array.from({ length: 1001 }, () => 1))],
  ])('%s: %.20s', (rule, text) => {
    expect(parseTexts(text)).toMatchObject({ documents: [], problems: [{ rule, path: '$' }] });
  });

  test('what is not JSON is reported with line and column, in Chinese first, and without its content', () => {
    const [problem] = parseTexts('{\n  "id": "机密" 5\n}').problems;
    expect(problem).toMatchObject({
      file: '0.json',
      zh: '不是有效的 JSON 文本，错误位置（行:列）2:14。',
      en: 'This is not JSON; the error is at line:column 2:14.',
    });
  });

  test('too many documents for one record are refused before they are looked at', () => {
    const file = JSON.stringify(Array.from({ length: 1000 }, () => ({ kind: 'nothing' })));
    const { problems, documents } = parseTexts(file, file, '{}');
    expect(problems.map(({ rule }) => rule)).toEqual(['too-many-documents']);
    expect(documents).toEqual([]);
  });

  test('__proto__ and constructor are unknown members, and change nothing', () => {
    const text = JSON.stringify(valid).replace('{', '{"__proto__":{"status":"ACTIVE"},"constructor":1,');
    expect(parseTexts(text).problems.map(({ rule }) => rule)).toEqual(['unknown-member', 'unknown-member']);
    expect(({} as Record<string, unknown>)['status']).toBeUndefined();
  });

  test('what is no name is not repeated to the reader', () => {
    const { problems } = parse({ ...valid, '\u001b[31m<script>': 1 });
    expect(problems[0]?.en).toBe('The member "…" is unknown. Is it misspelt?');
  });

  test('whatever the file holds, it is problems and not an exception', () => {
    const members = fc.constantFrom(...Object.keys(valid), 'rowScope', 'fields', 'op', 'rules', 'kind');
    const json = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(members, fc.jsonValue()).map((changes) => ({ ...valid, ...changes })),
      fc.jsonValue().map((value) => ({ ...valid, rowScope: value })),
      fc
        .jsonValue()
        .map((value) => ({ ...valid, grants: [{ fields: value, operation: 'read', rowScope: value }] })),
    );
    fc.assert(
      fc.property(json, (value) => {
        const { documents, problems } = parse(value);
        return Array.isArray(value) || documents.length + Math.min(problems.length, 1) === 1;
      }),
      { numRuns: 500 },
    );
  });
});

describe('an operation that is to be registered', () => {
  const operation = { kind: 'operation', code: 'names', title: '姓名', document: '{ __typename }' };
  const problemsOf = (changes: object) =>
    parse({ ...operation, ...changes }).problems.map(({ rule, path, en }) => [rule, path, en]);

  test('is given with its defaults', () => {
    expect(parse(operation)).toEqual({ documents: [{ ...operation, status: 'ACTIVE' }], problems: [] });
  });

  test.each([
    ['that cannot be parsed', '{ resident(', /Line 1, column 12/],
    ['with a field that does not exist', '{ nobody }', /Cannot query field nobody on type Query/],
    ['that changes something', 'mutation { x }', /queries only/],
    ['beside another one', 'query A { __typename } query B { __typename }', /Name one/],
    [
      'with an identity number in its text',
      '{ resident(identifier: { value: "11010519491231002X" }) { name } }',
      /identity/,
    ],
  ])('is refused %s, without a value of it', (_, document, sentence) => {
    const [[rule, path, en] = []] = problemsOf({ document });
    expect([rule, path]).toEqual(['operation-invalid', '$.document']);
    expect(en).toMatch(sentence);
    expect(en).not.toContain('1949');
  });

  test('is refused for a client that nobody registered', () => {
    expect(problemsOf({ clients: ['center', 'ghost'] })).toEqual([
      ['unknown-client', '$.clients[1]', expect.any(String)],
    ]);
  });
});
