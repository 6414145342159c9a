import { createHmac, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPseudonymiser, periodOf, periodsBetween, subjectKeyOf } from '../../src/audit/pseudonym.ts';

const masterKey = Buffer.alloc(32, 7);
const scope = { department: 'police', period: '2026-11' };
const resident = { type: 'CITIZEN_ID', value: '11010119900307123X' };

describe('pseudonyms of residents', () => {
  it('are HMAC-SHA256, cut to 128 bits, under a key derived for department and month', () => {
    const key = Buffer.from(
      hkdfSync('sha256', masterKey, '', 'shuqiao pseudonym v1 ["police","2026-11"]', 32),
    );
    const { pseudonymise } = createPseudonymiser(masterKey);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (value) => {
        const message = `PASSPORT:${value}`;
        const expected = createHmac('sha256', key)
          .update(message)
          .digest()
          .subarray(0, 16)
          .toString('base64url');
        expect(pseudonymise(scope, [{ type: 'PASSPORT', value }])).toEqual([expected]);
      }),
    );
  });

  it('differ by department, month, type and master key, so that no two departments can join their logs', () => {
    const { pseudonymise } = createPseudonymiser(masterKey);
    const others = [
      pseudonymise(scope, [resident]),
      pseudonymise({ ...scope, department: 'justice' }, [resident]),
      pseudonymise({ ...scope, period: '2026-12' }, [resident]),
      pseudonymise(scope, [{ ...resident, type: 'PASSPORT' }]),
      createPseudonymiser(Buffer.alloc(32, 8)).pseudonymise(scope, [resident]),
    ].flat();
    expect(new Set(others).size).toBe(5);
  });

  it('of one resident can all be listed for a search', () => {
    const { pseudonymise, locate } = createPseudonymiser(masterKey);
    const scopes = [scope, { department: 'justice', period: '2026-10' }];
    expect(locate(resident, scopes)).toEqual(scopes.flatMap((one) => pseudonymise(one, [resident])));
  });

  it('keep their answers when more keys are asked for than are kept', () => {
    const { pseudonymise } = createPseudonymiser(masterKey);
    const before = pseudonymise(scope, [resident]);
    for (let i = 0; i < 1_100; i++) pseudonymise({ department: `d${i}`, period: '2026-11' }, [resident]);
    expect(pseudonymise(scope, [resident])).toEqual(before);
  });

  it('refuse a master key that could be guessed', () => {
    expect(() => createPseudonymiser(Buffer.alloc(16))).toThrow(TypeError);
  });

  it('follow the months of China Standard Time', () => {
    expect(periodOf(new Date('2026-10-31T15:59:59.999Z'))).toBe('2026-10');
    expect(periodOf(new Date('2026-10-31T16:00:00.000Z'))).toBe('2026-11');
    const from = new Date('2025-11-30T00:00:00Z');
    expect(periodsBetween(from, new Date('2026-01-31T16:00:00Z'))).toEqual(['2025-11', '2025-12', '2026-01']);
    expect(periodsBetween(from, from)).toEqual(['2025-11']);
  });

  it('say with which key they were made', () => {
    expect(subjectKeyOf(scope)).toBe('hmac-sha256-128/police/2026-11');
  });
});
