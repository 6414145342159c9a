import { describe, expect, test } from 'vitest';
import { citizenCheckCharacter } from '../../src/resident/citizen-id.ts';
import { parseIdentifier } from '../../src/resident/identifier.ts';

const canonical = '11010519491231002X';
const permit = withCheck('81000019900307211');
const fiveStar = withCheck('91115619810303781');

describe('an identifier is brought into one canonical form', () => {
  test.each([
    ['CITIZEN_ID', canonical, canonical],
    ['CITIZEN_ID', '11010519491231002x', canonical],
    ['CITIZEN_ID', '  11010519491231002X\t', canonical],
    ['CITIZEN_ID', '１１０１０５１９４９１２３１００２Ｘ', canonical],
    ['CITIZEN_ID', '\u3000１１０１０５１９４９１２３１００２ｘ\u3000', canonical],
    ['CITIZEN_ID', '110105491231002', canonical],
    ['CITIZEN_ID', '１１０１０５４９１２３１００２', canonical],
    ['RESIDENCE_PERMIT_HMT', permit, permit],
    ['RESIDENCE_PERMIT_HMT', withCheck('82000019900307211'), withCheck('82000019900307211')],
    ['RESIDENCE_PERMIT_HMT', withCheck('83000019900307211'), withCheck('83000019900307211')],
    ['PERMANENT_RESIDENCE_ID', 'usa110119810303', 'USA110119810303'],
    ['PERMANENT_RESIDENCE_ID', fiveStar, fiveStar],
    ['PASSPORT', ' e12345678 ', 'E12345678'],
    ['PASSPORT', 'Ｅ12345678', 'E12345678'],
  ])('%s %j → %s', (type, value, expected) => {
    expect(parseIdentifier({ type, value })).toEqual({ type, value: expected });
  });

  test.each([
    ['a wrong check character', 'CITIZEN_ID', '110105194912310021'],
    ['blanks inside', 'CITIZEN_ID', '110105 19491231 002X'],
    ['a letter', 'CITIZEN_ID', '11010519491231O02X'],
    ['digits of another script', 'CITIZEN_ID', '١١٠١٠٥١٩٤٩١٢٣١٠٠٢X'],
    ['a permit with a mainland area code', 'RESIDENCE_PERMIT_HMT', canonical],
    ['a permit with a wrong check character', 'RESIDENCE_PERMIT_HMT', `${permit.slice(0, 17)}?`],
    ['a five-star card with a wrong check character', 'PERMANENT_RESIDENCE_ID', wrongCheck(fiveStar)],
    ['an old card that is too short', 'PERMANENT_RESIDENCE_ID', 'USA11011981030'],
    ['a passport number that is too short', 'PASSPORT', 'E123'],
    ['a passport number with a sign', 'PASSPORT', 'E1234-5678'],
    ['nothing', 'CITIZEN_ID', ''],
    ['an unknown type', 'DRIVING_LICENCE', canonical],
    ["the hub's own reference", 'RESIDENT_ID', canonical],
    ['a type from the prototype', 'constructor', canonical],
    ['a type from the prototype', '__proto__', canonical],
  ])('%s is no identifier', (_, type, value) => {
    expect(parseIdentifier({ type, value })).toBeUndefined();
  });

  test('ten million blanks are refused without being read', () => {
    const value = ' '.repeat(10_000_000);
    const started = performance.now();
    for (let round = 0; round < 1000; round++) parseIdentifier({ type: 'CITIZEN_ID', value });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

function withCheck(digits: string): string {
  return `${digits}${citizenCheckCharacter(digits)}`;
}

function wrongCheck(id: string): string {
  return `${id.slice(0, 17)}${id.endsWith('1') ? '2' : '1'}`;
}
