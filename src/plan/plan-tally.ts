import type { Coordinate, Graph, TallyField } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { type FieldGroup, propertyOf } from './collect-fields.ts';
import { addDenial, decideField, type PlanDraft, pathsBelow } from './draft-plan.ts';
import { draftColumn, draftStep, type StepDrafts } from './draft-steps.ts';
import type { TallySelection } from './plan.ts';
import { canApply } from './supported-decision.ts';

/**
 * Plans a value that is computed of rows which nobody sees. Its owner classified the result itself, so its decision is all that it takes;
 * a rule is applied to the resident of whom it speaks.
 */
export function planTally(
  draft: PlanDraft,
  steps: StepDrafts,
  coordinate: Coordinate,
  field: TallyField,
  at: { readonly group: FieldGroup; readonly paths: readonly string[] },
): TallySelection | undefined {
  const { guards } = at.group;
  const responsePaths = pathsBelow(at.paths, at.group, { isList: false });
  const decision = decideField(draft, coordinate, field.coordinate, guards, (said) =>
    supportedTally(draft.graph, said, field),
  );
  if (decision.effect === 'DENY') {
    addDenial(draft, { coordinate, code: 'FIELD_DENIED', decision, responsePaths, guards });
    return undefined;
  }
  const rule = decision.effect === 'PERMIT_IF' ? decision.when : undefined;
  const step = draftStep(steps, { connect: field.read, role: 'data', guards, rule });
  return {
    property: propertyOf(draft.propertyNames, at.group),
    coordinate,
    responsePaths,
    department: field.department,
    guards,
    step: step.index,
    column: draftColumn(step, field.reference, guards),
    reference: field.reference,
    maxRows: Math.max(...field.read.connects.map(({ maxRows }) => maxRows)),
  };
}

/** A yes or no has no masked form. */
export function supportedTally(graph: Graph, decision: Decision, { read }: TallyField): Decision {
  if (decision.effect === 'PERMIT' || decision.effect === 'DENY') return decision;
  const isApplicable =
    decision.effect === 'PERMIT_IF' && decision.mask === undefined && canApply(graph, decision.when, read);
  return isApplicable ? decision : { effect: 'DENY', rule: decision.rule, reason: 'UNSUPPORTED_SCOPE' };
}
