import type { ColumnField, Coordinate } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { defaultDeny } from '../policies/decision.ts';
import { and, collectFields, type FieldGroup, or, propertyOf } from './collect-fields.ts';
import { comparedElements, comparing, statedElements } from './decide-discrepancies.ts';
import { addDenial, type PlanDraft, pathsBelow } from './draft-plan.ts';
import { connectOf, draftStep, type StepDrafts } from './draft-steps.ts';
import { whenNamed, whenNoneNamed } from './named-elements.ts';
import type { ComparedStatement, Comparison, DiscrepancySelection, Guards } from './plan.ts';
import { draftAsOf, planLeaf } from './plan-parts.ts';
import { decideLeaf } from './plan-record.ts';

/**
 * Plans `Resident.discrepancies`: every statement that takes part is decided and read as if it were selected at its record, in the same
 * steps as whatever else is selected there. Where nothing that is named may be compared, that is said; what takes no part is not.
 */
export function planDiscrepancies(
  draft: PlanDraft,
  steps: StepDrafts,
  group: FieldGroup,
  { entity, paths }: { readonly entity: string; readonly paths: readonly string[] },
): DiscrepancySelection {
  const coordinate: Coordinate = `${entity}.discrepancies`;
  const elements = group.arguments.get('elements');
  const compared = comparedElements(draft, entity);
  const denied = and(group.guards, whenNoneNamed(elements, [...compared.keys()]));
  const permitted = [...compared.keys()].map((element) => and(group.guards, whenNamed(elements, element)));
  noteDecision(draft, coordinate, comparing, permitted.reduce<Guards>(or, []));
  noteDecision(draft, coordinate, defaultDeny, denied);
  if (denied.length > 0) {
    const responsePaths = pathsBelow(paths, group, { isList: false });
    addDenial(draft, {
      coordinate,
      code: 'FIELD_DENIED',
      decision: defaultDeny,
      responsePaths,
      guards: denied,
    });
  }
  const asOf = whenAsOf(draft, group);
  return {
    property: propertyOf(draft.propertyNames, group),
    guards: group.guards,
    elements,
    stated: statedElements(draft.graph, entity),
    comparisons: [...compared].flatMap(([element, fields]) => {
      const named = whenNamed(elements, element);
      const guards = and(group.guards, named);
      if (guards.length === 0) return [];
      const asOfGuards = and(asOf, named);
      return planComparison(draft, steps, { ...group, guards }, { element, fields, paths, asOf: asOfGuards });
    }),
  };
}

/** One coordinate may be permitted for some values of a variable, and denied for others. */
function noteDecision(draft: PlanDraft, coordinate: Coordinate, decision: Decision, guards: Guards): void {
  if (guards.length === 0) return;
  const key = `${coordinate} ${decision.effect}`;
  const known = draft.decisions.get(key);
  const either = or(known?.guards ?? [], guards);
  draft.decisions.set(key, { coordinate, field: coordinate, decision, guards: either });
}

function planComparison(
  draft: PlanDraft,
  steps: StepDrafts,
  group: FieldGroup,
  { element, fields, paths, asOf }: ComparisonPlace,
): Comparison {
  const statements = fields.flatMap(
    (field) => planStatement(draft, steps, group, { field, paths, asOf }) ?? [],
  );
  return { element, guards: group.guards, statements };
}

interface ComparisonPlace {
  readonly element: Coordinate;
  readonly fields: readonly ColumnField[];
  readonly paths: readonly string[];
  readonly asOf: Guards;
}

function planStatement(
  draft: PlanDraft,
  steps: StepDrafts,
  group: FieldGroup,
  { field, paths, asOf }: Pick<ComparisonPlace, 'paths' | 'asOf'> & { readonly field: ColumnField },
): ComparedStatement | undefined {
  const connect = connectOf(draft.graph, field);
  const leaf = decideLeaf(draft, field.coordinate, field, group, paths);
  // Who takes part was decided by the same policy; a mask would be compared as if it were the value.
  if (!connect || !leaf || leaf.mask !== undefined) return undefined;
  const step = draftStep(steps, { connect, role: 'data', guards: group.guards, rule: leaf.rule });
  return { leaf: planLeaf(step, leaf), asOf: draftAsOf(step, asOf), record: connect.coordinate };
}

/** The row's update time is asked of a department only where it is shown. */
function whenAsOf({ graph, fragments }: PlanDraft, { selections }: FieldGroup): Guards {
  const below = (typeName: string, name: string, of: FieldGroup['selections']) =>
    collectFields(graph.schema, fragments, typeName, of).filter((selected) => selected.name === name);
  return below('Discrepancy', 'statements', selections)
    .flatMap((statements) => below('Statement', 'asOf', statements.selections))
    .reduce<Guards>((some, { guards }) => or(some, guards), []);
}
