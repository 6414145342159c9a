import type { FieldMapping, SharedField } from '../contract/graph.ts';

/** Can the field be granted? Values and ways to other entities can; records and lists stand for the fields in them. */
export function isSharedField(field: FieldMapping): field is SharedField {
  return field.kind === 'column' || field.kind === 'relation' || field.kind === 'tally';
}
