import type { ConnectField, Graph, RelationField } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { Decision } from '../policies/decision.ts';
import { ruleAttributes } from '../policies/row-rule.ts';
import { connectOf, resolveColumn } from './draft-steps.ts';
import { conjuncts } from './split-rule.ts';
import { canApply, canGate, entityOf } from './supported-decision.ts';

/** The read whose rows say where the relation leads. */
export function readingOf(graph: Graph, { read, reference }: RelationField): ConnectField | undefined {
  return read ?? connectOf(graph, reference);
}

/** A rule must be applicable at one end or the other, term by term; and a way has no masked form. */
export function supportedRelation(graph: Graph, decision: Decision, field: RelationField): Decision {
  if (decision.effect === 'PERMIT' || decision.effect === 'DENY') return decision;
  if (decision.effect === 'MASK' || decision.mask !== undefined) return unsupported(decision);
  const reading = readingOf(graph, field);
  const { near, far } = splitByEnd(graph, decision, field);
  const isApplicable =
    reading !== undefined &&
    near.every((rule) => canApply(graph, rule, reading)) &&
    far.flatMap(ruleAttributes).every((attribute) => canGate(graph, attribute, field.typeName, field));
  return isApplicable ? decision : unsupported(decision);
}

function unsupported({ rule }: Decision): Decision {
  return { effect: 'DENY', rule, reason: 'UNSUPPORTED_SCOPE' };
}

/** Conditions on the entities where the relation begins, and on those where it ends. What names both is neither's to apply. */
export function splitByEnd(
  graph: Graph,
  decision: Decision,
  field: RelationField,
): { readonly near: readonly RowRule[]; readonly far: readonly RowRule[] } {
  const rules = decision.effect === 'PERMIT_IF' ? conjuncts(decision.when) : [];
  const isFar = (rule: RowRule) =>
    ruleAttributes(rule).every((attribute) => {
      const column = resolveColumn(graph, attribute);
      return column !== undefined && entityOf(graph, column.parentType) === field.typeName;
    });
  return { near: rules.filter((rule) => !isFar(rule)), far: rules.filter(isFar) };
}
