import type { Coordinate, Register } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { Decision } from '../policies/decision.ts';
import { listCoordinate } from '../policies/list-operation.ts';
import { collectFields, type FieldGroup, type GuardedSelection, or } from './collect-fields.ts';
import { decideCount, decideSearch, planFilter } from './decide-search.ts';
import { addDenial, decideField, type PlanDraft, pathsBelow } from './draft-plan.ts';
import type { FilterPlan, Guards, ListPlan, SearchPlan } from './plan.ts';

/** What a selection of `Query.searchResidents` comes to, beside what is selected of each resident. */
export interface SearchDraft {
  readonly search: SearchPlan;
  /** What is selected of the residents, below `nodes` and below `edges` alike. */
  readonly found: FieldGroup;
  readonly paths: readonly string[];
}

/**
 * Decides which registers this caller may list and count, and with which filters; nothing of it depends on a variable. A register
 * that is denied is reported and left out.
 */
export function planSearch(draft: PlanDraft, group: FieldGroup): SearchDraft {
  const parts = sortConnection(draft, group);
  const paths = pathsBelow([''], group, { isList: false });
  const lists = draft.graph.registers.flatMap(
    (register, index) => planList(draft, { register, index, group, total: parts.total, paths }) ?? [],
  );
  const search = {
    where: group.arguments.get('where'),
    first: group.arguments.get('first'),
    after: group.arguments.get('after'),
    page: parts.page,
    edges: parts.edges,
    cursors: parts.cursors,
    total: parts.total,
    lists: Object.freeze(lists),
  };
  return {
    search: Object.freeze(search),
    found: { ...group, selections: parts.selections },
    paths: parts.paths.flatMap((path) => paths.map((parent) => `${parent}.${path}`)),
  };
}

interface ConnectionParts {
  page: Guards;
  edges: Guards;
  cursors: Guards;
  total: Guards;
  readonly selections: GuardedSelection[];
  /** Of residents, below the connection. */
  readonly paths: string[];
}

function sortConnection(draft: PlanDraft, group: FieldGroup): ConnectionParts {
  const parts: ConnectionParts = { page: [], edges: [], cursors: [], total: [], selections: [], paths: [] };
  for (const selected of fieldsOf(draft, 'ResidentConnection', group)) {
    if (selected.name === 'totalCount') parts.total = or(parts.total, selected.guards);
    else if (selected.name !== '__typename') parts.page = or(parts.page, selected.guards);
    if (selected.name === 'nodes') addFound(parts, selected, '');
    if (selected.name === 'edges') sortEdges(draft, parts, selected);
  }
  return parts;
}

function sortEdges(draft: PlanDraft, parts: ConnectionParts, edges: FieldGroup): void {
  parts.edges = or(parts.edges, edges.guards);
  const [name = ''] = edges.responseNames;
  for (const selected of fieldsOf(draft, 'ResidentEdge', edges)) {
    if (selected.name === 'cursor') parts.cursors = or(parts.cursors, selected.guards);
    if (selected.name === 'node') addFound(parts, selected, `${name}.*.`);
  }
}

function addFound(parts: ConnectionParts, selected: FieldGroup, prefix: string): void {
  parts.selections.push(...selected.selections);
  for (const name of selected.responseNames) {
    parts.paths.push(prefix === '' ? `${name}.*` : `${prefix}${name}`);
  }
}

function fieldsOf(draft: PlanDraft, typeName: string, group: FieldGroup): readonly FieldGroup[] {
  return collectFields(draft.graph.schema, draft.fragments, typeName, group.selections);
}

interface ListDraft {
  readonly register: Register;
  readonly index: number;
  readonly group: FieldGroup;
  readonly total: Guards;
  readonly paths: readonly string[];
}

function planList(draft: PlanDraft, list: ListDraft): ListPlan | undefined {
  const { register, index, group, paths } = list;
  const coordinate = listCoordinate(register.connect.coordinate, 'search');
  const decision = decideField(draft, coordinate, coordinate, group.guards, (said) =>
    decideSearch(draft, register, said),
  );
  if (decision.effect === 'DENY') {
    const guards = group.guards;
    addDenial(draft, { coordinate, code: 'FIELD_DENIED', decision, responsePaths: paths, guards });
    return undefined;
  }
  const filters = new Map<Coordinate, FilterPlan>();
  for (const field of draft.graph.fields.values()) {
    const plan = planFilter(draft, register, field);
    if (plan) filters.set(field.coordinate, plan);
  }
  return Object.freeze({ register, index, rule: ruleOf(decision), filters, count: planCount(draft, list) });
}

function planCount(draft: PlanDraft, { register, total, paths }: ListDraft): ListPlan['count'] {
  if (total.length === 0) return 'DENIED';
  const coordinate = listCoordinate(register.connect.coordinate, 'count');
  const decision = decideField(draft, coordinate, coordinate, total, (said) =>
    decideCount(draft, register, said),
  );
  if (decision.effect !== 'DENY') return { rule: ruleOf(decision) };
  const responsePaths = paths.map((path) => `${path}.totalCount`);
  addDenial(draft, { coordinate, code: 'FIELD_DENIED', decision, responsePaths, guards: total });
  return 'DENIED';
}

function ruleOf(decision: Decision): RowRule | undefined {
  return decision.effect === 'PERMIT_IF' ? decision.when : undefined;
}
