import type { ReadRequest, ReadResult } from '../connectors/connector.ts';
import type { Connect } from '../contract/graph.ts';
import { type BoundRule, matchRule } from '../policies/row-rule.ts';
import { decodeAttribute, type FetchedRow, type RowsByEntity, type StepState } from './step-state.ts';

/** The rows of one answer, by entity. A row that does not satisfy a pushed rule is dropped and counted. */
export function placeRows(
  state: StepState,
  connect: Connect,
  request: ReadRequest,
  result: ReadResult,
  askers: readonly (readonly number[])[],
): RowsByEntity {
  const found: RowsByEntity = new Array(state.entities.length);
  const place = placesOf(state, connect, request);
  const { pushed } = state.rules;
  for (const row of result.rows) {
    // A connector with a mistake is a fault of its source, never a row read askew.
    if (row.values.length !== request.columns.length)
      throw new TypeError('a row has one value for each column');
    const values = place ? place.map((position) => row.values[position]) : row.values;
    if (pushed && !holdsOnRow(state, pushed, connect.source, values)) {
      state.context.notes.note('unfilteredRow');
      continue;
    }
    const fetched: FetchedRow = { values, source: connect.source, readAt: result.readAt };
    for (const entity of askers[row.key] ?? []) {
      const rows = found[entity];
      if (rows) rows.push(fetched);
      else found[entity] = [fetched];
    }
  }
  return found;
}

/** From step column to position in the answer; undefined where the two are the same. */
function placesOf(state: StepState, connect: Connect, request: ReadRequest): number[] | undefined {
  const { step, columns } = state.bound;
  const active = new Set(columns);
  const places = step.columns.map((column, position) => {
    const name = column.names[connect.source];
    return active.has(position) && name !== undefined ? request.columns.indexOf(name) : -1;
  });
  return places.every((place, position) => place === position) ? undefined : places;
}

/** No source is believed to have applied a filter: what came is checked again. */
function holdsOnRow(state: StepState, rule: BoundRule, source: string, values: readonly unknown[]): boolean {
  return matchRule(rule, (attribute) => {
    const ref = state.bound.step.attributes.get(attribute);
    return ref ? decodeAttribute(state, ref, source, values) : undefined;
  });
}
