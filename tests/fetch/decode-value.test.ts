import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnField, ColumnMapping, ValueFormat } from '../../src/contract/graph.ts';
import { dateScalar, dateTimeScalar, monthScalar } from '../../src/contract/scalars.ts';
import { decoderOf, type Finding } from '../../src/fetch/decode-value.ts';
import { encodeValue } from '../../src/fetch/encode-value.ts';

const today = '2026-03-01';

function decode(
  raw: unknown,
  {
    type = 'String',
    derive,
    ...mapping
  }: Partial<ColumnMapping> & { type?: string; derive?: 'AGE' | 'IS_MINOR' | 'YEAR' },
): { value: unknown; findings: Finding[] } {
  const field: ColumnField = {
    kind: 'column',
    coordinate: 'PoliceRecord.field',
    parentType: 'PoliceRecord',
    name: 'field',
    typeName: type,
    department: 'police',
    columns: {},
    isFilterable: false,
    ...(derive ? { derive } : {}),
  };
  const findings: Finding[] = [];
  const decoder = decoderOf(field, { column: 'c', ...mapping }, today);
  return { value: decoder(raw, { note: (finding) => findings.push(finding) }), findings };
}

describe('dates', () => {
  it.each<[format: ValueFormat | undefined, raw: unknown, value: string | null, finding?: Finding]>([
    ['yyyyMMdd', '19900506', '1990-05-06'],
    ['yyyyMMdd', 19900506, '1990-05-06'],
    ['yyyyMMdd', ' 19900506 ', '1990-05-06'],
    ['yyyyMMdd', '20240229', '2024-02-29'],
    ['yyyyMMdd', '20230229', null, 'invalidValue'],
    ['yyyyMMdd', '19000229', null, 'invalidValue'],
    ['yyyyMMdd', '20000229', '2000-02-29'],
    ['yyyyMMdd', '19900230', null, 'invalidValue'],
    ['yyyyMMdd', '19900431', null, 'invalidValue'],
    ['yyyyMMdd', '00000000', null, 'invalidValue'],
    ['yyyyMMdd', '19900500', null, 'invalidValue'],
    ['yyyyMMdd', '19901301', null, 'invalidValue'],
    ['yyyyMMdd', '99991231', '9999-12-31'],
    ['yyyyMMdd', '1990050', null, 'invalidValue'],
    ['yyyyMMdd', '1990-05-06', null, 'invalidValue'],
    ['yyyyMMdd', '', null],
    ['yyyyMMdd', '   ', null],
    ['yyyyMMdd', null, null],
    ['yyyyMMdd', undefined, null],
    ['yyyyMMdd', true, null, 'wrongType'],
    ['yyyyMMdd', ['19900506'], null, 'wrongType'],
    ['yyyyMMdd', { date: '19900506' }, null, 'wrongType'],
    ['yyyy-MM-dd', '1990-05-06', '1990-05-06'],
    ['yyyy-MM-dd', '1990-05-06 12:30:00', '1990-05-06'],
    ['yyyy-MM-dd', '1990-05-06T00:00:00+08:00', '1990-05-06'],
    ['yyyy-MM-dd', '1990-05-061', null, 'invalidValue'],
    ['yyyy-MM-dd', '1990-02-30', null, 'invalidValue'],
    [undefined, '1990-05-06', '1990-05-06'],
  ])('%s: %j is %j', (format, raw, value, finding) => {
    const found = decode(raw, { type: 'Date', ...(format ? { format } : {}) });
    expect(found).toEqual({ value, findings: finding ? [finding] : [] });
  });
});

describe('months', () => {
  it.each<[format: ValueFormat, raw: unknown, value: string | null]>([
    ['yyyyMM', '202601', '2026-01'],
    ['yyyyMM', 202612, '2026-12'],
    ['yyyyMM', '202600', null],
    ['yyyyMM', '202613', null],
    ['yyyyMM', '000001', null],
    ['yyyyMM', '2026-01', null],
    ['yyyy-MM', '2026-01', '2026-01'],
    ['yyyy-MM', '2026-01-15', '2026-01'],
    ['yyyy-MM', '2026-011', null],
    ['yyyy-MM', '0000-01', null],
  ])('%s: %j is %j', (format, raw, value) => {
    expect(decode(raw, { type: 'Month', format }).value).toBe(value);
  });
});

describe('times are UTC, and China Standard Time where they say nothing', () => {
  it.each<[format: ValueFormat, raw: unknown, value: string | null]>([
    ['yyyyMMddHHmmss', '20260101080000', '2026-01-01T00:00:00.000Z'],
    ['yyyyMMddHHmmss', '20260230080000', null],
    ['yyyyMMddHHmmss', '20260101246000', null],
    ['yyyyMMddHHmmss', '20260101250000', null],
    ['yyyyMMddHHmmss', '00000101000000', null],
    ['yyyyMMddHHmmss', '20260101', null],
    ['ISO', '2026-01-01T08:00:00', '2026-01-01T00:00:00.000Z'],
    ['ISO', '2026-01-01 08:00:00', '2026-01-01T00:00:00.000Z'],
    ['ISO', '2026-01-01T08:00:00Z', '2026-01-01T08:00:00.000Z'],
    ['ISO', '2026-01-01T08:00:00.123456789+08:00', '2026-01-01T00:00:00.123Z'],
    ['ISO', '2026-01-01T08:00:00+0800', '2026-01-01T00:00:00.000Z'],
    ['ISO', '2026-01-01T08:00:00-05:30', '2026-01-01T13:30:00.000Z'],
    ['ISO', '2026-02-30T08:00:00Z', null],
    ['ISO', '2026-13-01T08:00:00Z', null],
    ['ISO', '2026-01-01T08:00:00+99:99', null],
    ['ISO', '0000-01-01T00:00:00Z', null],
    ['ISO', '0001-01-01T00:00:00+08:00', null],
    ['ISO', '9999-12-31T23:59:59-08:00', null],
    ['ISO', '2026-01-01', null],
    ['ISO', 'now', null],
    ['epochMillis', 1767225600000, '2026-01-01T00:00:00.000Z'],
    ['epochMillis', '1767225600000', '2026-01-01T00:00:00.000Z'],
    ['epochMillis', 0, '1970-01-01T00:00:00.000Z'],
    ['epochMillis', 999999999999999, null],
    ['epochMillis', -1, null],
    ['epochMillis', 1.5, null],
  ])('%s: %j is %j', (format, raw, value) => {
    expect(decode(raw, { type: 'DateTime', format }).value).toBe(value);
  });
});

describe('texts', () => {
  // A neighbour's identity number would else be shown, or followed.
  it('are no numbers that a double only comes near to', () => {
    const unusable = { value: null, findings: ['invalidValue'] };
    for (const raw of [Number('440304199001011234'), 2 ** 53, -1e300, Number.NaN, Number.POSITIVE_INFINITY])
      expect(decode(raw, { type: 'String' })).toEqual(unusable);
    expect(decode(Number.MAX_SAFE_INTEGER, { type: 'ID' }).value).toBe('9007199254740991');
  });
});

describe('numbers', () => {
  // Sixty thousand digits took sixteen seconds, in which nobody was served.
  it.each(['Float', 'Int', 'String', 'Date', 'DateTime', 'Month', 'Boolean'])(
    '%s of a megabyte costs no more than to look at it',
    (type) => {
      const million = 1_000_000;
      const texts = ['1', ' ', '１', '.', '1.', '-', '0', '1e', '年'].flatMap((unit) => [
        `${unit.repeat(million)}x`,
        `1${unit.repeat(million)}`,
      ]);
      const started = performance.now();
      for (const text of texts) decode(text, { type });
      expect(performance.now() - started).toBeLessThan(3000);
    },
  );

  it.each<
    [type: string, format: ValueFormat | undefined, raw: unknown, value: number | null, finding?: Finding]
  >([
    ['Int', undefined, 3, 3],
    ['Int', undefined, '3', 3],
    ['Int', undefined, ' 12 ', 12],
    ['Int', undefined, '-7', -7],
    ['Int', undefined, '007', 7],
    ['Int', undefined, '', null],
    ['Int', undefined, '   ', null],
    ['Int', undefined, 3.5, null, 'wrongType'],
    ['Int', undefined, '3.5', null, 'invalidValue'],
    ['Int', undefined, '3.0', 3],
    ['Int', undefined, '0x10', null, 'invalidValue'],
    ['Int', undefined, '1e3', null, 'invalidValue'],
    ['Int', undefined, '三', null, 'invalidValue'],
    ['Int', undefined, 2 ** 31, null, 'invalidValue'],
    ['Int', undefined, '2147483647', 2_147_483_647],
    ['Int', undefined, '2147483648', null, 'invalidValue'],
    ['Int', undefined, true, null, 'wrongType'],
    ['Int', undefined, [1], null, 'wrongType'],
    ['Int', undefined, { n: 1 }, null, 'wrongType'],
    ['Float', undefined, '12.50', 12.5],
    ['Float', undefined, 1e300, 1e300],
    ['Float', undefined, 'NaN', null, 'invalidValue'],
    ['Float', undefined, 'Infinity', null, 'invalidValue'],
    ['Float', undefined, Number.NaN, null, 'wrongType'],
    ['Float', 'fen', 12345, 123.45],
    ['Float', 'fen', '-5', -0.05],
    ['Float', 'fen', '12.3', null, 'invalidValue'],
    ['Float', 'fen', 1e21, null, 'invalidValue'],
    ['Float', 'yuan', '123.45', 123.45],
    ['Float', 'yuan', '1,234.5', null, 'invalidValue'],
    ['Float', 'yuan', '1234.', null, 'invalidValue'],
  ])('%s %s: %j is %j', (type, format, raw, value, finding) => {
    const found = decode(raw, { type, ...(format ? { format } : {}) });
    expect(found).toEqual({ value, findings: finding ? [finding] : [] });
  });
});

describe('flags, codes and texts', () => {
  it.each<[type: string, mapping: Partial<ColumnMapping>, raw: unknown, value: unknown, finding?: Finding]>([
    ['Boolean', { format: 'flag' }, '1', true],
    ['Boolean', { format: 'flag' }, 0, false],
    ['Boolean', { format: 'flag' }, 'y', true],
    ['Boolean', { format: 'flag' }, 'false', false],
    ['Boolean', { format: 'flag' }, '是', true],
    ['Boolean', { format: 'flag' }, '否 ', false],
    ['Boolean', { format: 'flag' }, true, true],
    ['Boolean', { format: 'flag' }, '2', null, 'invalidValue'],
    ['Boolean', {}, true, true],
    ['Boolean', {}, 'true', null, 'wrongType'],
    ['Sex', { codes: { 1: 'MALE' } }, '1', 'MALE'],
    ['Sex', { codes: { 1: 'MALE' } }, 1, 'MALE'],
    ['Sex', { codes: { 1: 'MALE' } }, ' 1 ', 'MALE'],
    ['Sex', { codes: { 1: 'MALE' } }, '3', null, 'unknownCode'],
    ['Sex', { codes: { 1: 'MALE' } }, 'constructor', null, 'unknownCode'],
    ['Sex', { codes: { 1: 'MALE' } }, '__proto__', null, 'unknownCode'],
    ['Sex', { codes: { 1: 'MALE' } }, '', null],
    ['Sex', { codes: { 1: 'MALE' } }, ['1'], null, 'wrongType'],
    ['String', {}, ' 张三　', '张三'],
    ['String', {}, '', null],
    ['String', {}, 123, '123'],
    ['String', {}, true, null, 'wrongType'],
    ['String', {}, { toString: 1 }, null, 'wrongType'],
  ])('%s %j: %j is %j', (type, mapping, raw, value, finding) => {
    expect(decode(raw, { type, ...mapping })).toEqual({ value, findings: finding ? [finding] : [] });
  });
});

describe('what is computed from a birth date', () => {
  it.each<[derive: 'AGE' | 'IS_MINOR' | 'YEAR', raw: string, value: unknown]>([
    ['AGE', '19900506', 35],
    ['AGE', '19900301', 36],
    ['AGE', '19900302', 35],
    ['AGE', '20080229', 18],
    ['AGE', '20260301', 0],
    ['AGE', '20260302', null],
    ['IS_MINOR', '20080301', false],
    ['IS_MINOR', '20080302', true],
    ['IS_MINOR', '20990101', null],
    ['YEAR', '19900506', 1990],
    ['AGE', '00000000', null],
    ['AGE', '', null],
  ])('%s of %s on 1 March 2026 is %j', (derive, raw, value) => {
    expect(decode(raw, { type: 'Int', derive, format: 'yyyyMMdd' }).value).toBe(value);
  });

  it('someone born on 29 February is a year older on 1 March', () => {
    const field = {
      kind: 'column',
      coordinate: 'A.b',
      parentType: 'A',
      name: 'b',
      typeName: 'Int',
      department: 'a',
      columns: {},
      isFilterable: false,
      derive: 'AGE',
    } as const;
    const ageOn = (date: string) =>
      decoderOf(field, { column: 'c', format: 'yyyyMMdd' }, date)('20080229', { note: () => {} });
    expect([ageOn('2026-02-28'), ageOn('2026-03-01'), ageOn('2028-02-28'), ageOn('2028-02-29')]).toEqual([
      17, 18, 19, 20,
    ]);
  });
});

const types = ['String', 'Int', 'Float', 'Boolean', 'Date', 'DateTime', 'Month', 'Sex'];
const formats: (ValueFormat | undefined)[] = [
  undefined,
  'yyyyMMdd',
  'yyyy-MM-dd',
  'yyyyMM',
  'yyyy-MM',
  'yyyyMMddHHmmss',
  'ISO',
  'epochMillis',
  'fen',
  'yuan',
  'flag',
];

/** What GraphQL can write without an error of its own. */
function isSerializable(type: string, format: ValueFormat | undefined, value: unknown): boolean {
  if (value === null) return true;
  if (type === 'Int' && format === undefined) return value === (Number(value) | 0);
  if (type === 'Float' && format === undefined) return Number.isFinite(value);
  const scalar =
    format?.startsWith('yyyy-MM-dd') || format === 'yyyyMMdd'
      ? dateScalar
      : format === 'yyyyMM' || format === 'yyyy-MM'
        ? monthScalar
        : format === 'ISO' || format === 'epochMillis' || format === 'yyyyMMddHHmmss'
          ? dateTimeScalar
          : undefined;
  if (!scalar) return true;
  try {
    scalar.serialize(value);
    return true;
  } catch {
    return false;
  }
}

describe('properties', () => {
  const numberish = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger());
  const dateish = fc
    .tuple(
      fc.integer({ min: 0, max: 99999 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 0, max: 33 }),
      fc.constantFrom('', '-'),
      fc.constantFrom('', 'T08:00:00', ' 08:00:00Z', 'T24:00:00+14:00', '080000'),
    )
    .map(
      ([y, m, d, dash, time]) =>
        [String(y).padStart(4, '0'), String(m).padStart(2, '0'), String(d).padStart(2, '0')].join(dash) +
        time,
    );
  const stored = fc.oneof(
    fc.jsonValue(),
    numberish,
    numberish.map(String),
    dateish,
    fc.string(),
    fc.constantFrom('\0', '1', '是', '[object Object]'),
  );

  it('no stored value makes a decoder throw, or give what GraphQL could not write', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.constantFrom(...formats),
        fc.constantFrom(undefined, 'AGE', 'IS_MINOR', 'YEAR'),
        stored,
        (type, format, derive, raw) => {
          const { value } = decode(raw, {
            type,
            ...(format ? { format } : {}),
            ...(derive ? { derive } : {}),
          } as Parameters<typeof decode>[1]);
          if (!derive) expect(isSerializable(type, format ?? defaultFormat(type), value)).toBe(true);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  function defaultFormat(type: string): ValueFormat | undefined {
    return type === 'Date'
      ? 'yyyy-MM-dd'
      : type === 'DateTime'
        ? 'ISO'
        : type === 'Month'
          ? 'yyyy-MM'
          : undefined;
  }

  it('a value that was decoded is encoded to what decodes to it again', () => {
    const encodable: ValueFormat[] = ['yyyyMMdd', 'yyyy-MM-dd', 'yyyyMM', 'yyyy-MM'];
    fc.assert(
      fc.property(fc.constantFrom(...encodable), stored, (format, raw) => {
        const type = format.includes('dd') ? 'Date' : 'Month';
        const { value } = decode(raw, { type, format });
        if (value === null) return;
        const again = encodeValue({ column: 'c', format }, value as string);
        expect(again).toHaveLength(1);
        expect(decode(again?.[0], { type, format }).value).toBe(value);
      }),
      { numRuns: 3_000 },
    );
  });

  it('every code of a collapsed value is asked for', () => {
    const codes = { 10: 'UNMARRIED', 20: 'MARRIED', 21: 'MARRIED', 22: 'MARRIED', 40: 'DIVORCED' };
    expect(encodeValue({ column: 'c', codes }, 'MARRIED')).toEqual(['20', '21', '22']);
    expect(encodeValue({ column: 'c', codes }, 'toString')).toBeUndefined();
    for (const code of ['20', '21', '22']) expect(decode(code, { type: 'M', codes }).value).toBe('MARRIED');
  });

  it('what has no stored form is said to have none', () => {
    expect(encodeValue({ column: 'c', format: 'yyyyMMdd' }, 'x')).toBeUndefined();
    expect(encodeValue({ column: 'c', format: 'yyyyMMdd' }, 19900506)).toBeUndefined();
    expect(encodeValue({ column: 'c', format: 'epochMillis' }, '2026-01-01T00:00:00Z')).toBeUndefined();
    expect(encodeValue({ column: 'c' }, 5)).toEqual(['5']);
  });
});
