import type { ColumnField, Connect, ConnectField } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { PlanDraft } from './draft-plan.ts';
import { type DraftStep, draftNames } from './draft-steps.ts';
import { type Guards, mappingFor } from './plan.ts';
import { sameRule } from './record-draft.ts';
import { conjuncts } from './split-rule.ts';
import { supportedDecision } from './supported-decision.ts';

/**
 * By what a list is sorted: the contract's order, up to the first column that this caller may not read clear, from where on the source's own
 * order stands. Sorting tells as much as reading. It is decided whether or not the field is selected, so that the first
 * rows are the same ones whatever is shown of them. `rule` is the one that the whole list stands under.
 */
export function planOrder(
  draft: PlanDraft,
  step: DraftStep,
  field: ConnectField,
  options: { readonly rule: RowRule | undefined; readonly guards: Guards },
): void {
  for (const connect of field.connects) {
    const order = permittedOrder(draft, field, connect, options.rule);
    step.order.set(connect.source, order);
    // A database sorts by itself; what others say is sorted by the hub, which must then be told.
    if (connect.target.kind === 'sql') continue;
    for (const { column } of order) draftNames(step, { [connect.source]: column }, options.guards);
  }
}

function permittedOrder(
  draft: PlanDraft,
  field: ConnectField,
  connect: Connect,
  rule: RowRule | undefined,
): Connect['order'] {
  const end = connect.order.findIndex(
    ({ column }) => !fieldsOf(draft, field, connect.source, column).some((one) => canSort(draft, one, rule)),
  );
  return end < 0 ? connect.order : connect.order.slice(0, end);
}

/** Fields that show the stored column as it is. */
function fieldsOf(draft: PlanDraft, field: ConnectField, source: string, column: string): ColumnField[] {
  return [...draft.graph.fields.values()].filter(
    (one): one is ColumnField =>
      one.kind === 'column' &&
      one.parentType === field.typeName &&
      one.derive === undefined &&
      mappingFor(one, source)?.column === column,
  );
}

function canSort(draft: PlanDraft, field: ColumnField, rule: RowRule | undefined): boolean {
  const said = draft.policy.decide(draft.subject, field.coordinate);
  const decision = supportedDecision(draft, said, field);
  if (decision.effect === 'PERMIT') return true;
  if (decision.effect !== 'PERMIT_IF' || decision.mask !== undefined) return false;
  return conjuncts(rule).some((condition) => sameRule(condition, decision.when));
}
