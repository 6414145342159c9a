import type { Coordinate, FieldMapping } from './graph.ts';

/** The fields that state each element, its authority's first; elements that one field alone states cannot be compared. */
export function readStatements(fields: readonly FieldMapping[]): Map<Coordinate, readonly Coordinate[]> {
  const byElement = new Map<Coordinate, readonly Coordinate[]>();
  for (const field of fields) {
    if (field.kind === 'column' && field.element) byElement.set(field.element, [field.coordinate]);
  }
  for (const field of fields) {
    const known = field.kind === 'column' && field.states ? byElement.get(field.states) : undefined;
    if (field.kind === 'column' && field.states && known)
      byElement.set(field.states, [...known, field.coordinate]);
  }
  return new Map([...byElement].filter(([, stating]) => stating.length > 1));
}
