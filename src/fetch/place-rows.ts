import type { ReadResult } from '../connectors/connector.ts';
import type { Connect } from '../contract/graph.ts';
import { type BoundRule, matchRule } from '../policies/row-rule.ts';
import type { StepShape } from './read-shape.ts';
import {
  type CollectedKeys,
  decodeAttribute,
  type FetchedRow,
  type RowsByEntity,
  type StepState,
} from './step-state.ts';

/** What was asked of a source, and who asked. */
export interface AskedRows extends StepShape {
  readonly connect: Connect;
  readonly asked: CollectedKeys;
}

/** The rows of one answer, by entity. A row that does not satisfy a pushed rule is dropped and counted. */
export function placeRows(
  state: StepState,
  { connect, shape, places, asked }: AskedRows,
  { rows, readAt }: ReadResult,
): RowsByEntity {
  const found: RowsByEntity = new Array(state.entities.length);
  const { source } = connect;
  const { pushed } = state.rules;
  for (const row of rows) {
    // A connector with a mistake is a fault of its source, never a row read askew.
    if (row.values.length !== shape.columns.length)
      throw new TypeError('a row has one value for each column');
    const values = places ? places.map((position) => row.values[position]) : row.values;
    if (pushed && !holdsOnRow(state, pushed, source, values)) {
      state.context.notes.note('unfilteredRow');
      continue;
    }
    const fetched: FetchedRow = { values, source, readAt };
    if (!asked.askers) addRow(found, row.key, fetched);
    else for (const entity of asked.askers[row.key] ?? []) addRow(found, entity, fetched);
  }
  return found;
}

function addRow(found: RowsByEntity, entity: number, row: FetchedRow): void {
  const rows = found[entity];
  if (rows) rows.push(row);
  else if (entity < found.length) found[entity] = [row];
}

/** No source is believed to have applied a filter: what came is checked again. */
function holdsOnRow(state: StepState, rule: BoundRule, source: string, values: readonly unknown[]): boolean {
  return matchRule(rule, (attribute) => {
    const ref = state.bound.step.attributes.get(attribute);
    return ref ? decodeAttribute(state, ref, source, values) : undefined;
  });
}
