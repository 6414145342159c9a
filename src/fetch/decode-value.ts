import type { ColumnField, ColumnMapping, ValueFormat } from '../contract/graph.ts';
import { isDay } from '../policies/calendar.ts';

/** A decoded value as resolvers see it. Dates are YYYY-MM-DD, months YYYY-MM, times RFC 3339 in UTC. */
export type Value = string | number | boolean;

/**
 * What kept stored data from being shown: bad data is null, a wrong type is a fault of the source, a row that does not match the filter that the
 * source was to apply is dropped, and so are two rows of one person where a rule looks at one (ambiguousRow).
 */
export type Finding =
  | 'unknownCode'
  | 'invalidValue'
  | 'wrongType'
  | 'unfilteredRow'
  | 'ambiguousRow'
  /** In a register: an entry whose key names nobody, so that nobody can be shown. */
  | 'unusableKey';

export interface DecodeNotes {
  note(finding: Finding): void;
}

export type Decoder = (raw: unknown, notes: DecodeNotes) => Value | null;

interface KnownDecoder {
  readonly field: ColumnField;
  readonly today: string;
  readonly decode: Decoder;
}

/** By mapping: nearly always of one field. Made anew each day. */
const decoders = new WeakMap<ColumnMapping, KnownDecoder[]>();

/** `today` is the date in China Standard Time, for ages. */
export function decoderOf(field: ColumnField, mapping: ColumnMapping, today: string): Decoder {
  const ofMapping = decoders.get(mapping) ?? [];
  const known = ofMapping.find((one) => one.field === field);
  if (known?.today === today) return known.decode;
  const decode = compileDecoder(field, mapping, today);
  decoders.set(mapping, [...ofMapping.filter((one) => one !== known), { field, today, decode }]);
  return decode;
}

function compileDecoder(field: ColumnField, mapping: ColumnMapping, today: string): Decoder {
  const stored = compileStored(field, mapping);
  if (!field.derive) return stored;
  const derive = derivations[field.derive];
  return (raw, notes) => {
    const value = stored(raw, notes);
    const derived = typeof value === 'string' ? derive(value, today) : undefined;
    if (value !== null && derived === undefined) notes.note('invalidValue');
    return derived ?? null;
  };
}

function compileStored(field: ColumnField, mapping: ColumnMapping): Decoder {
  if (mapping.codes) return compileCodes(mapping.codes);
  if (mapping.format) return compileFormat(mapping.format);
  switch (field.typeName) {
    case 'Int':
      return decodeInt;
    case 'Float':
      return decodeFloat;
    case 'Boolean':
      return decodeBoolean;
    case 'Date':
      return compileFormat('yyyy-MM-dd');
    case 'DateTime':
      return compileFormat('ISO');
    case 'Month':
      return compileFormat('yyyy-MM');
    default:
      return decodeText;
  }
}

/** Stored text: trimmed, never empty. Numbers are taken as text if they are exact; anything else is not a text. */
function decodeText(raw: unknown, notes: DecodeNotes): string | null {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === 'string') return raw.trim() || null;
  if (typeof raw === 'bigint') return String(raw);
  if (typeof raw === 'number') {
    // A double near an identity number is not that number.
    if (Math.abs(raw) <= Number.MAX_SAFE_INTEGER) return String(raw);
    notes.note('invalidValue');
    return null;
  }
  notes.note('wrongType');
  return null;
}

function compileCodes(codes: Readonly<Record<string, string>>): Decoder {
  const values = new Map(Object.entries(codes));
  return (raw, notes) => {
    const code = decodeText(raw, notes);
    if (code === null) return null;
    const value = values.get(code);
    if (value === undefined) notes.note('unknownCode');
    return value ?? null;
  };
}

/** A 32-bit integer, which is what GraphQL can write. */
function decodeInt(raw: unknown, notes: DecodeNotes): number | null {
  const value = decodeNumber(raw, notes, /^[+-]?\d+(?:\.0+)?$/);
  if (value === null || value === (value | 0)) return value;
  notes.note(Number.isInteger(value) ? 'invalidValue' : 'wrongType');
  return null;
}

function decodeFloat(raw: unknown, notes: DecodeNotes): number | null {
  return decodeNumber(raw, notes, /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i);
}

/** A number, or a text of the given form: `Number` alone would take blanks for 0 and read hexadecimal digits. */
function decodeNumber(raw: unknown, notes: DecodeNotes, form: RegExp): number | null {
  if (typeof raw === 'number' && Number.isFinite(raw)) return raw;
  if (typeof raw === 'number') {
    notes.note('wrongType');
    return null;
  }
  const text = decodeText(raw, notes);
  if (text === null) return null;
  const value = form.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  notes.note('invalidValue');
  return null;
}

function decodeBoolean(raw: unknown, notes: DecodeNotes): boolean | null {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === 'boolean') return raw;
  notes.note('wrongType');
  return null;
}

function compileFormat(format: ValueFormat): Decoder {
  const parse = formats[format];
  return (raw, notes) => {
    // A source that speaks JSON has flags of its own.
    if (format === 'flag' && typeof raw === 'boolean') return raw;
    const text = decodeText(raw, notes);
    if (text === null) return null;
    const value = parse(text);
    if (value === undefined) notes.note('invalidValue');
    return value ?? null;
  };
}

const formats: Readonly<Record<ValueFormat, (text: string) => Value | undefined>> = {
  yyyyMMdd: compactDate,
  'yyyy-MM-dd': isoDate,
  yyyyMM: compactMonth,
  'yyyy-MM': isoMonth,
  yyyyMMddHHmmss: compactTime,
  ISO: isoTime,
  epochMillis: (text) => (/^\d{1,15}$/.test(text) ? timeOf(Number(text)) : undefined),
  fen: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) / 100 : undefined),
  yuan: (text) => (/^-?\d{1,13}(\.\d+)?$/.test(text) ? Number(text) : undefined),
  flag: (text) => flags.get(text.toUpperCase()),
};

const flags = new Map([
  ['1', true],
  ['Y', true],
  ['TRUE', true],
  ['是', true],
  ['0', false],
  ['N', false],
  ['FALSE', false],
  ['否', false],
]);

/** What may follow a date: nothing, or a time. */
const isoDateForm = /^\d{4}-\d{2}-\d{2}(?=$|[T ])/;
const isoMonthForm = /^\d{4}-\d{2}(?=$|-\d{2}(?:$|[T ]))/;

function isoDate(text: string): string | undefined {
  if (!isoDateForm.test(text)) return undefined;
  const isKnown = isStoredDay(numberAt(text, 0, 4), numberAt(text, 5, 2), numberAt(text, 8, 2));
  return isKnown ? text.slice(0, 10) : undefined;
}

function compactDate(text: string): string | undefined {
  if (!/^\d{8}$/.test(text)) return undefined;
  const isKnown = isStoredDay(numberAt(text, 0, 4), numberAt(text, 4, 2), numberAt(text, 6, 2));
  return isKnown ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : undefined;
}

function isoMonth(text: string): string | undefined {
  if (!isoMonthForm.test(text)) return undefined;
  return isStoredDay(numberAt(text, 0, 4), numberAt(text, 5, 2), 1) ? text.slice(0, 7) : undefined;
}

function compactMonth(text: string): string | undefined {
  if (!/^\d{6}$/.test(text)) return undefined;
  const isKnown = isStoredDay(numberAt(text, 0, 4), numberAt(text, 4, 2), 1);
  return isKnown ? `${text.slice(0, 4)}-${text.slice(4)}` : undefined;
}

function isStoredDay(year: number, month: number, day: number): boolean {
  return year > 1800 && isDay(year, month, day);
}

/** Digits as a number. By code, because it runs for every date of every row. */
function numberAt(text: string, start: number, length: number): number {
  let number = 0;
  for (let index = start; index < start + length; index++) number = number * 10 + text.charCodeAt(index) - 48;
  return number;
}

/** Departments store China Standard Time without an offset. */
function compactTime(text: string): string | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text) ?? [];
  return second === undefined ? undefined : isoTime(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
}

function isoTime(text: string): string | undefined {
  const [, date = '', time, offset = '+08:00'] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:?\d{2})?$/.exec(text) ?? [];
  // Date.parse lets 30 February roll over into March.
  return isoDate(date) === undefined ? undefined : timeOf(Date.parse(`${date}T${time}${offset}`));
}

/** Years of four digits, as RFC 3339 has them. */
function timeOf(milliseconds: number): string | undefined {
  const isWithin = milliseconds >= earliestTime && milliseconds <= latestTime;
  return isWithin ? new Date(milliseconds).toISOString() : undefined;
}

const earliestTime = Date.UTC(1800, 0);
const latestTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Undefined for a birth date that is yet to come. */
const derivations: Readonly<
  Record<'AGE' | 'IS_MINOR' | 'YEAR', (date: string, today: string) => Value | undefined>
> = {
  AGE: ageOn,
  IS_MINOR: (date, today) => {
    const age = ageOn(date, today);
    return age === undefined ? undefined : age < 18;
  },
  YEAR: (date) => Number(date.slice(0, 4)),
};

/** Full years; a birthday on 29 February is completed on 1 March of other years. */
function ageOn(birthDate: string, today: string): number | undefined {
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  const age = today.slice(5) < birthDate.slice(5) ? years - 1 : years;
  return age < 0 ? undefined : age;
}
