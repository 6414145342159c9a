import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { type CallerHeaders, parseCaller } from '../../src/identity/caller.ts';
import type { Subject } from '../../src/identity/subject.ts';
import type { Client, Purpose } from '../../src/policies/agreement.ts';

const client: Client = {
  id: 'center',
  department: 'mediation',
  title: '矛调中心',
  registeredOnly: false,
  status: 'ACTIVE',
};
const purpose = (code: string, caseRequired: boolean): Purpose => ({ code, title: code, caseRequired });
const purposes = new Map(
  [
    purpose('dispute-mediation', true),
    purpose('one-stop-service', false),
    purpose('audit-review', false),
  ].map((row) => [row.code, row]),
);
const subject: Subject = {
  client: 'center',
  department: 'mediation',
  roles: [],
  purposes: ['dispute-mediation', 'gone', 'one-stop-service'],
  issuer: 'https://issuer.test',
  tokenId: 't',
  expiresAt: 0,
};

const parse = (
  headers: CallerHeaders,
  changes: Partial<Subject> = {},
  clients = new Map([[client.id, client]]),
) => parseCaller({ ...subject, ...changes }, headers, { purposes, clients });

function refusal(...args: Parameters<typeof parse>): HubError {
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof HubError) return error;
  }
  throw new TypeError('the caller was accepted, or the error is no HubError');
}

describe('the client', () => {
  test('must be registered, active and in the department that its token says; the three refusals are one', () => {
    const headers = { purpose: 'one-stop-service' };
    const errors = [
      refusal(headers, { client: 'stranger' }),
      refusal(headers, { department: 'police' }),
      refusal(headers, {}, new Map([[client.id, { ...client, status: 'SUSPENDED' }]])),
    ];
    for (const { code, message, details } of errors) {
      expect([code, message, details]).toEqual(['CLIENT_SUSPENDED', errors[0]?.message, {}]);
    }
  });
});

describe('the purpose', () => {
  test('is picked by the request among those of the token', () => {
    expect(parse({ purpose: ' one-stop-service ' })).toEqual({
      subject,
      purpose: 'one-stop-service',
    });
  });

  test.each([undefined, '', '  '])('must be stated: %j', (stated) => {
    expect(refusal(stated === undefined ? {} : { purpose: stated }).code).toBe('PURPOSE_REQUIRED');
  });

  test('that does not exist, and one that the token does not allow, are refused alike', () => {
    const errors = ['nothing', 'audit-review', 'gone', '__proto__', 'Dispute-Mediation'].map((code) =>
      refusal({ purpose: code }),
    );
    for (const { code, message, details } of errors) {
      expect([code, message, details]).toEqual(['PURPOSE_NOT_ALLOWED', errors[0]?.message, {}]);
    }
  });
});

describe('the case', () => {
  const caseOf = (reference: string) =>
    parse({ purpose: 'dispute-mediation', caseReference: encodeURIComponent(reference) }).caseReference;
  const isRefused = (caseReference: string) =>
    refusal({ purpose: 'dispute-mediation', caseReference }).code === 'CASE_MALFORMED';

  test('must be named where the purpose asks for it, and may be named elsewhere', () => {
    expect(refusal({ purpose: 'dispute-mediation' }).code).toBe('CASE_REQUIRED');
    expect(refusal({ purpose: 'dispute-mediation', caseReference: '' }).code).toBe('CASE_REQUIRED');
    expect(parse({ purpose: 'one-stop-service' }).caseReference).toBeUndefined();
    expect(parse({ purpose: 'one-stop-service', caseReference: 'A-1' }).caseReference).toBe('A-1');
    expect(refusal({ purpose: 'one-stop-service', caseReference: 'a b' }).code).toBe('CASE_MALFORMED');
  });

  test.each([
    '（2026）浙0106民初1234号',
    '杭西矛调〔2026〕第0117号',
    '2026-TJ-0001',
    'A/B_C.d[1](2)',
    '33010620260101-00012',
    'ТЖ-1',
    '汉'.repeat(64),
    '20260105-330106-000123-0001',
  ])('%s', (reference) => {
    expect(caseOf(reference)).toBe(reference);
  });

  test('is kept in one form, however its accents were typed', () => {
    expect(caseOf('e\u0301-1')).toBe('\u00e9-1');
  });

  test.each([
    ['a space', 'A%201'],
    ['a line break', 'A%0A1'],
    ['a NUL', 'A%001'],
    ['a direction mark', 'A%E2%80%AE1'],
    ['markup', '%3Cb%3E'],
    ['a quotation mark', '%22'],
    ['65 characters', 'A'.repeat(65)],
    ['very much', '%41'.repeat(10_000)],
    ['half a percent sign', 'A%'],
    ['half a character', '%E4%B8'],
    ['bytes that are no UTF-8', '%FF'],
    ['characters that are not encoded', '第1号'],
    ['full-width digits', encodeURIComponent('１２３')],
    ['an id of 18 digits', '330106199003071234'],
    ['an id of 15 digits', '330106900307123'],
    ['an id with its check character', '11010519491231002X'],
    ['an id in the middle of a name', encodeURIComponent('第11010519491231002x号')],
    ['an id that is broken up', '110105-19491231-002X'],
    ['an id that is broken up by brackets', encodeURIComponent('（110105）1949.12.31/002X')],
  ])('is refused for %s', (_, caseReference) => {
    expect(isRefused(caseReference)).toBe(true);
  });

  test('the refusal repeats nothing of it', () => {
    const error = refusal({ purpose: 'dispute-mediation', caseReference: '11010519491231002X' });
    expect(`${error.message}${JSON.stringify(error.details)}${String(error.cause)}`).not.toContain('1949');
  });

  test('whatever the header holds, it is a case or a refusal, and what is kept is short', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.boolean(), (text, isEncoded) => {
        const caseReference = isEncoded ? encodeURIComponent(text) : text;
        try {
          const kept = parse({ purpose: 'one-stop-service', caseReference }).caseReference ?? '';
          return [...kept].length <= 64 && !/[\s\p{C}]/u.test(kept);
        } catch (error) {
          return error instanceof HubError;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
