import { createRecord } from './freeze.ts';
import type { ColumnField, ConnectField, Coordinate, FieldMapping, Register } from './graph.ts';

/** The records that can be listed, registered population before floating, then by coordinate: the order of every list. */
export function readRegisters(fields: readonly FieldMapping[]): readonly Register[] {
  return fields
    .flatMap((field) => (field.kind === 'connect' && field.register ? readRegister(field, fields) : []))
    .sort((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1));
}

/** The fields by which a register can be searched. */
export function searchedFields(
  { typeName }: { readonly typeName: string },
  fields: Iterable<FieldMapping>,
): readonly ColumnField[] {
  return [...fields].filter(
    (field): field is ColumnField =>
      field.kind === 'column' && field.parentType === typeName && field.isFilterable,
  );
}

function readRegister(connect: ConnectField, fields: readonly FieldMapping[]): Register[] {
  if (!connect.register) return [];
  const elements = searchedFields(connect, fields).flatMap(
    ({ searchElement, coordinate }): [string, Coordinate][] =>
      searchElement ? [[searchElement.slice(searchElement.indexOf('.') + 1), coordinate]] : [],
  );
  return [{ connect, kind: connect.register, elements: createRecord(elements) }];
}

function rankOf({ kind, connect }: Register): string {
  return `${kind === 'REGISTERED' ? 0 : 1} ${connect.coordinate}`;
}
