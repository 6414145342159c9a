import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateScalar } from '../../src/contract/scalars.ts';
import { findMask } from '../../src/mask/mask-value.ts';
import { isMask } from '../../src/policies/field-masks.ts';
import { citizenId } from '../support/residents.ts';

function mask(name: string, value: string | number): unknown {
  const found = findMask(name);
  if (!found) throw new TypeError(`no mask ${name}`);
  return found(value);
}

it.each<[name: string, value: string | number, shown: unknown]>([
  ['NAME', '张三', '张**'],
  ['NAME', '欧阳娜娜', '欧**'],
  ['NAME', '阿卜杜拉·买买提', '阿**'],
  ['NAME', '𠮷野家', '𠮷**'],
  ['NAME', 'Smith', 'S**'],
  ['NAME', '张', '***'],
  ['NAME', '𠮷', '***'],
  ['NAME', '', '***'],
  ['NAME', 7, '***'],
  ['CITIZEN_ID', '330106199005060010', '330106********0010'],
  ['CITIZEN_ID', '33010619900506001X', '330106********001X'],
  ['CITIZEN_ID', '330106900506001', '330106******001'],
  ['CITIZEN_ID', '33010619900506001x', '330106********001X'],
  ['CITIZEN_ID', '３３０１０６１９９００５０６００１０', '330106********0010'],
  ['CITIZEN_ID', 'E12345678', '***'],
  ['CITIZEN_ID', '', '***'],
  ['YEAR', '1990-05-06', '1990'],
  ['YEAR', '19900506', null],
  ['YEAR', '1990', null],
  ['YEAR', 1990, null],
  ['YEAR', '1990-05-06T00:00:00Z', null],
  ['YEAR_MONTH', '1990-05-06', '1990-05'],
  ['YEAR_MONTH', '1990-05', null],
  ['PHONE', '13812345678', '138****5678'],
  ['PHONE', '0571-88888888', '***'],
  ['PHONE', '+8613812345678', '***'],
  ['PHONE', '138123456789', '***'],
  ['PHONE', '', '***'],
  ['ADDRESS', '浙江省杭州市西湖区北山街道曙光路1号2幢3单元401室', '浙江省杭州市西湖区北山街道***'],
  ['ADDRESS', '浙江省杭州市余杭区瓶窑镇西安寺村3组', '浙江省杭州市余杭区瓶窑镇***'],
  ['ADDRESS', '湖南省湘西州永顺县石堤西乡落叶洞村', '湖南省湘西州永顺县石堤西乡***'],
  ['ADDRESS', '浙江省杭州市西湖区文三路90号东部软件园水乡苑3幢501室', '浙江省杭州市西湖区***'],
  ['ADDRESS', '浙江省杭州市上城区城站路1号3幢2单元501室镇海苑', '浙江省杭州市上城区***'],
  ['ADDRESS', '浙江省杭州市上城区解放大街水乡苑', '浙江省杭州市上城区***'],
  ['ADDRESS', '浙江省义乌市稠州北路699号福田小区', '浙江省义乌市***'],
  ['ADDRESS', '杭州市文三路90号嘉绿社区', '杭州市***'],
  ['ADDRESS', '江苏省镇江市京口区正东路1号', '江苏省镇江市京口区***'],
  ['ADDRESS', '江西省萍乡市安源区凤凰街道跃进北路1号', '江西省萍乡市安源区凤凰街道***'],
  ['ADDRESS', '浙江省宁波市镇海区招宝山街道城河西路1号', '浙江省宁波市镇海区招宝山街道***'],
  ['ADDRESS', '浙江省台州市路桥区路南街道1号', '浙江省台州市***'],
  ['ADDRESS', '广西壮族自治区南宁市青秀区民族大道1号', '广西壮族自治区南宁市青秀区***'],
  ['ADDRESS', '4-501', '***'],
  ['ADDRESS', '文三路90号3乡', '***'],
  ['ADDRESS', '', '***'],
  ['BAND', 0, 0],
  ['BAND', 1, 1],
  ['BAND', 3, 1],
  ['BAND', 7, 5],
  ['BAND', 4999, 2000],
  ['BAND', 123_456_789, 1_000_000],
  ['BAND', -5, null],
  ['BAND', '3', null],
  ['BAND', Number.NaN, null],
  ['REDACT', '任何内容', '***'],
  ['REDACT', '', '***'],
])('%s of %j is %j', (name, value, shown) => {
  expect(mask(name, value)).toBe(shown);
});

it.each(['', 'name', 'HASH', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'the unknown mask %j is no function, so nothing is shown',
  (name) => {
    expect(findMask(name)).toBeUndefined();
  },
);

it('knows every mask that an agreement may name', () => {
  for (const name of ['NAME', 'CITIZEN_ID', 'YEAR', 'YEAR_MONTH', 'PHONE', 'ADDRESS', 'BAND', 'REDACT']) {
    expect(isMask(name)).toBe(true);
    expect(findMask(name)).toBeTypeOf('function');
  }
});

describe('no masked value holds the part that it hides', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('张三丰', '13812345678', '浙江省杭州市西湖区文三路9号'),
  );

  it('NAME: the first character and nothing that depends on the rest', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [first = 'x'] = a;
        const others = [`${first}${b}x`, `${first}yz`].map((name) => mask('NAME', name));
        expect(new Set(others).size).toBe(1);
      }),
    );
  });

  it('CITIZEN_ID: the birth date', () => {
    const births = fc.date({
      min: new Date('1900-01-01T00:00:00Z'),
      max: new Date('2099-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(births, fc.nat(998), (date, n) => {
        const birth = date.toISOString().slice(0, 10).replaceAll('-', '');
        const id = citizenId(n, birth);
        const shown = String(mask('CITIZEN_ID', id));
        expect(shown).toMatch(/^\d{6}\*{8}[\dX]{4}$/);
        expect(String(mask('CITIZEN_ID', id.slice(0, 6) + id.slice(8, 17)))).toMatch(/^\d{6}\*{6}\d{3}$/);
      }),
    );
  });

  it('YEAR and YEAR_MONTH: equal for all days of a year or month, and still dates', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1801, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
        (y, m, d) => {
          const [year, month, day] = [y, m, d].map((n) => String(n).padStart(2, '0'));
          expect(mask('YEAR', `${year}-${month}-${day}`)).toBe(mask('YEAR', `${year}-01-01`));
          expect(mask('YEAR_MONTH', `${year}-${month}-${day}`)).toBe(
            mask('YEAR_MONTH', `${year}-${month}-01`),
          );
          for (const name of ['YEAR', 'YEAR_MONTH']) {
            expect(dateScalar.serialize(mask(name, `${year}-${month}-${day}`))).toBeTypeOf('string');
          }
        },
      ),
    );
  });

  it('ADDRESS: no digit, no road, no building, whatever follows them', () => {
    const piece = fc.constantFrom(
      '浙江省',
      '杭州市',
      '西湖区',
      '北山街道',
      '瓶窑镇',
      '文三路',
      '90号',
      '3幢',
      '501室',
      '水乡苑',
      '福田小区',
      '解放街',
      '嘉绿社区',
      '幸福村',
      '2',
      '３',
      '镇',
      '乡',
      '区',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const shown = String(mask('ADDRESS', pieces.join('')));
        expect(shown.replace('***', '')).not.toMatch(/[\d０-９路号幢室苑村]|街(?!道)/u);
        expect(shown.endsWith('***')).toBe(true);
      }),
    );
  });

  it('BAND: equal for all values of a band', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000 }), (value) => {
        const shown = mask('BAND', value);
        expect(mask('BAND', Number(shown))).toBe(shown);
      }),
    );
  });

  it('PHONE: four digits in the middle', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^1\d{10}$/), (phone) => {
        expect(mask('PHONE', phone)).toBe(`${phone.slice(0, 3)}****${phone.slice(-4)}`);
      }),
    );
  });

  it('no mask throws, whatever the value', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('NAME', 'CITIZEN_ID', 'YEAR', 'YEAR_MONTH', 'PHONE', 'ADDRESS', 'BAND', 'REDACT'),
        fc.oneof(text, fc.double(), fc.integer()),
        (name, value) => {
          const shown = mask(name, value);
          expect(shown === null || typeof shown === 'string' || typeof shown === 'number').toBe(true);
        },
      ),
    );
  });
});
