import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  citizenCheckCharacter,
  isCitizenId,
  toCitizenId15,
  toCitizenId18,
} from '../../src/resident/citizen-id.ts';

describe('citizen ids (GB 11643-1999)', () => {
  test("the standard's own examples have the right check characters", () => {
    // GB 11643-1999, Annex A.
    expect(citizenCheckCharacter('11010519491231002')).toBe('X');
    expect(citizenCheckCharacter('44052418800101001')).toBe('4');
    expect(isCitizenId('11010519491231002X')).toBe(true);
    expect(isCitizenId('440524188001010014')).toBe(true);
  });

  test('every single wrong digit is noticed', () => {
    const id = '11010519491231002X';
    for (let position = 0; position < 17; position++) {
      for (const digit of '0123456789') {
        if (digit === id[position]) continue;
        expect(isCitizenId(`${id.slice(0, position)}${digit}${id.slice(position + 1)}`)).toBe(false);
      }
    }
  });

  test.each([
    ['a lower-case x is not canonical', '11010519491231002x'],
    ['a month 13', withCheck('11010519491331002')],
    ['30 February', withCheck('11010519480230002')],
    ['29 February of 1900', withCheck('11010519000229002')],
    ['the year 1799', withCheck('11010517991231002')],
    ['17 digits', '11010519491231002'],
    ['nothing', ''],
  ])('%s is refused', (_, id) => {
    expect(isCitizenId(id)).toBe(false);
  });

  test.each(['000000', '999999', '654325', '110229'])('the area code %s is not looked up', (area) => {
    expect(isCitizenId(withCheck(`${area}19900228001`))).toBe(true);
  });

  test('29 February of a leap year is a birth date', () => {
    expect(isCitizenId(withCheck('11010520000229001'))).toBe(true);
    expect(isCitizenId(withCheck('11010519000229001'))).toBe(false);
  });
});

describe('the 15-digit form (GB 11643-1989)', () => {
  test('converts to 18 characters and back', () => {
    expect(toCitizenId18('110105491231002')).toBe('11010519491231002X');
    expect(toCitizenId15('11010519491231002X')).toBe('110105491231002');
  });

  test('sequence codes 996 to 999 are centenarians, born 18xx', () => {
    expect(toCitizenId18('110105901231996')).toBe(withCheck('11010518901231996'));
    expect(toCitizenId18('110105901231995')).toBe(withCheck('11010519901231995'));
    expect(toCitizenId15(withCheck('11010518901231996'))).toBe('110105901231996');
  });

  test('does not exist for those born in other centuries', () => {
    expect(toCitizenId15(withCheck('11010520001231002'))).toBeUndefined();
    expect(toCitizenId15(withCheck('11010518901231002'))).toBeUndefined();
    // As 15 digits it would mean somebody born in 1890.
    expect(toCitizenId15(withCheck('11010519901231996'))).toBeUndefined();
  });

  test('an impossible day is refused, also in the century that the sequence code names', () => {
    expect(toCitizenId18('110105490230002')).toBeUndefined();
    expect(toCitizenId18('110105000229002')).toBeUndefined();
  });

  test('where it exists, it always leads back to the same id', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 15 - 1 }), (number) => {
        const id15 = String(number).padStart(15, '0');
        const id18 = toCitizenId18(id15);
        return id18 === undefined || (isCitizenId(id18) && toCitizenId15(id18) === id15);
      }),
    );
  });

  test('no text makes any of them throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        isCitizenId(text);
        toCitizenId15(text);
        toCitizenId18(text);
      }),
    );
  });
});

function withCheck(digits: string): string {
  return `${digits}${citizenCheckCharacter(digits)}`;
}
