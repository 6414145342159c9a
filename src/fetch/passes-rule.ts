import type { AttributeRef } from '../plan/plan.ts';
import { type BoundRule, matchRule } from '../policies/row-rule.ts';
import { type DecodingState, decodeAttribute, type StepRows } from './step-state.ts';

/** What was read beforehand, for a rule to look at. */
export interface GateView extends DecodingState {
  readonly attributes: ReadonlyMap<string, AttributeRef>;
  /** By index of the step. */
  readonly needed: ReadonlyMap<number, StepRows>;
}

/** Does the entity at this position satisfy the rule? What was not read, or is not there, satisfies nothing. */
export function passesRule(view: GateView, rule: BoundRule, position: number): boolean {
  return matchRule(rule, (attribute) => {
    const ref = view.attributes.get(attribute);
    const row = ref && view.needed.get(ref.step)?.rows[position]?.[0];
    return ref && row ? decodeAttribute(view, ref, row.source, row.values) : undefined;
  });
}
