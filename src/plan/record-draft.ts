import type { ColumnField, ConnectField, EmbeddedField, GroupField } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { FieldGroup } from './collect-fields.ts';
import type { Guards } from './plan.ts';

/** A selected leaf before its read is known. */
export interface LeafDraft {
  readonly group: FieldGroup;
  readonly field: ColumnField;
  readonly rule: RowRule | undefined;
  readonly mask: string | undefined;
  readonly responsePaths: readonly string[];
}

export interface EmbeddedDraft {
  readonly field: EmbeddedField;
  readonly property: string;
  readonly guards: Guards;
  readonly leaves: LeafDraft[];
  readonly embedded: EmbeddedDraft[];
}

/** What is selected on a record type, sorted by kind. */
export interface RecordDraft {
  readonly leaves: LeafDraft[];
  readonly embedded: EmbeddedDraft[];
  readonly children: { readonly field: ConnectField | GroupField; readonly group: FieldGroup }[];
  /** Guards under which the hub's own fields of the record are selected: they need its existence. */
  existence: Guards;
  asOf: Guards;
  /** Names of the hub's own fields. */
  readonly says: Set<string>;
}

export function leavesOf(embedded: EmbeddedDraft): LeafDraft[] {
  return [...embedded.leaves, ...embedded.embedded.flatMap(leavesOf)];
}

export function sameRule(a: RowRule | undefined, b: RowRule | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
