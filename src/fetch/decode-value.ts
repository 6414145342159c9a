import type { ColumnField, ColumnMapping, ValueFormat } from '../contract/graph.ts';

/** A decoded value as resolvers see it. Dates are YYYY-MM-DD, months YYYY-MM, times RFC 3339 in UTC. */
export type Value = string | number | boolean;

/** What kept a stored value from being shown: bad data is null, a wrong type is a fault of the source. */
export type Finding = 'unknownCode' | 'invalidValue' | 'wrongType';

export interface DecodeNotes {
  note(finding: Finding): void;
}

export type Decoder = (raw: unknown, notes: DecodeNotes) => Value | null;

/** `today` is the date in China Standard Time, for ages. */
export function compileDecoder(field: ColumnField, mapping: ColumnMapping, today: string): Decoder {
  const stored = compileStored(field, mapping);
  if (!field.derive) return stored;
  const derive = derivations[field.derive];
  return (raw, notes) => {
    const value = stored(raw, notes);
    return typeof value === 'string' ? derive(value, today) : null;
  };
}

function compileStored(field: ColumnField, mapping: ColumnMapping): Decoder {
  if (mapping.codes) return compileCodes(mapping.codes);
  if (mapping.format) return compileFormat(mapping.format);
  switch (field.typeName) {
    case 'Int':
      return (raw, notes) => decodeNumber(raw, notes, Number.isInteger);
    case 'Float':
      return (raw, notes) => decodeNumber(raw, notes, Number.isFinite);
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

/** Stored text: trimmed, never empty. Numbers are taken as text; anything else is not a text. */
function decodeText(raw: unknown, notes: DecodeNotes): string | null {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === 'string') return raw.trim() || null;
  if (typeof raw === 'number' || typeof raw === 'bigint') return String(raw);
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

function decodeNumber(raw: unknown, notes: DecodeNotes, isValid: (value: number) => boolean): number | null {
  if (raw === null || raw === undefined || raw === '') return null;
  if (typeof raw !== 'number' && typeof raw !== 'string') {
    notes.note('wrongType');
    return null;
  }
  const value = typeof raw === 'number' ? raw : Number(raw);
  if (isValid(value)) return value;
  notes.note(typeof raw === 'string' ? 'invalidValue' : 'wrongType');
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
    const text = decodeText(raw, notes);
    if (text === null) return null;
    const value = parse(text);
    if (value === undefined) notes.note('invalidValue');
    return value ?? null;
  };
}

const formats: Readonly<Record<ValueFormat, (text: string) => Value | undefined>> = {
  yyyyMMdd: (text) => dateOf(/^(\d{4})(\d{2})(\d{2})$/.exec(text)),
  'yyyy-MM-dd': (text) => dateOf(/^(\d{4})-(\d{2})-(\d{2})/.exec(text)),
  yyyyMM: (text) => monthOf(/^(\d{4})(\d{2})$/.exec(text)),
  'yyyy-MM': (text) => monthOf(/^(\d{4})-(\d{2})/.exec(text)),
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

function dateOf(match: RegExpExecArray | null): string | undefined {
  const [, year = '', month = '', day = ''] = match ?? [];
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const text = `${year}-${month}-${day}`;
  // 19900230 would roll over into March.
  return match && Number(year) > 1800 && new Date(time).toISOString().startsWith(text) ? text : undefined;
}

function monthOf(match: RegExpExecArray | null): string | undefined {
  const [, year = '', month = ''] = match ?? [];
  return match && Number(month) >= 1 && Number(month) <= 12 ? `${year}-${month}` : undefined;
}

/** Departments store China Standard Time without an offset. */
function compactTime(text: string): string | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text);
  if (!match) return undefined;
  const [, y, mo, d, h, mi, s] = match;
  return timeOf(Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}+08:00`));
}

function isoTime(text: string): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:?\d{2})?$/.exec(text);
  return match ? timeOf(Date.parse(`${match[1]}T${match[2]}${match[3] ?? '+08:00'}`)) : undefined;
}

function timeOf(milliseconds: number): string | undefined {
  return Number.isFinite(milliseconds) && Math.abs(milliseconds) < 8.64e15
    ? new Date(milliseconds).toISOString()
    : undefined;
}

const derivations: Readonly<Record<'AGE' | 'IS_MINOR' | 'YEAR', (date: string, today: string) => Value>> = {
  AGE: ageOn,
  IS_MINOR: (date, today) => ageOn(date, today) < 18,
  YEAR: (date) => Number(date.slice(0, 4)),
};

/** Full years; a birthday on 29 February is completed on 1 March of other years. */
function ageOn(birthDate: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}
