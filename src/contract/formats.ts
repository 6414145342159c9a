import type { FieldDeclaration } from './declarations.ts';
import type { FormatName } from './directive-values.ts';
import type { ValueFormat } from './graph.ts';

/** SDL names have no hyphens. */
export const formatNames: Readonly<Record<FormatName, ValueFormat>> = {
  yyyyMMdd: 'yyyyMMdd',
  yyyy_MM_dd: 'yyyy-MM-dd',
  yyyyMM: 'yyyyMM',
  yyyy_MM: 'yyyy-MM',
  yyyyMMddHHmmss: 'yyyyMMddHHmmss',
  ISO: 'ISO',
  epochMillis: 'epochMillis',
  fen: 'fen',
  yuan: 'yuan',
  flag: 'flag',
};

/** From which stored forms fetch can make a value of a type. */
const formats: ReadonlyMap<string, readonly FormatName[]> = new Map([
  ['Date', ['yyyy_MM_dd', 'yyyyMMdd']],
  ['DateTime', ['ISO', 'yyyyMMddHHmmss', 'epochMillis']],
  ['Month', ['yyyy_MM', 'yyyyMM']],
  ['Float', ['fen', 'yuan']],
  ['Boolean', ['flag']],
]);

export function formatsOf(typeName: string): readonly FormatName[] {
  return formats.get(typeName) ?? [];
}

/** The form of a date, an instant or a month that says none: that of ISO 8601. */
export function defaultFormat(typeName: string): FormatName | undefined {
  return ['Date', 'DateTime', 'Month'].includes(typeName) ? formatsOf(typeName)[0] : undefined;
}

/** The type whose stored form a field has: a derived field is derived from a date. */
export function storedType(field: FieldDeclaration): string {
  if (field.derive.length === 0) return field.type.name;
  // Of a tally the column says whose row it is.
  return field.connect.length > 0 ? 'String' : 'Date';
}
