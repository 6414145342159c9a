import type { ColumnField, ConnectField, Graph } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { Decision, FieldPolicy, SubjectClass } from '../policies/decision.ts';
import { ruleAttributes } from '../policies/row-rule.ts';
import { connectOf, connectsOf, resolveColumn } from './draft-steps.ts';
import { splitRule } from './split-rule.ts';

/** One class of callers before one policy: whoever decides a field looks at nothing else. */
export interface Asker {
  readonly graph: Graph;
  readonly policy: FieldPolicy;
  readonly subject: SubjectClass;
}

/** A rule whose rows nobody could check is no permission: it must be applicable wherever the field can be read. */
export function supportedDecision(
  { graph }: Pick<Asker, 'graph'>,
  decision: Decision,
  field: ColumnField,
): Decision {
  if (decision.effect !== 'PERMIT_IF') return decision;
  const connects = connectsOf(graph, field);
  const isApplicable = connects.every((connect) => canApply(graph, decision.when, connect));
  if (connects.length > 0 && isApplicable) return decision;
  return { effect: 'DENY', rule: decision.rule, reason: 'UNSUPPORTED_SCOPE' };
}

/** Each of its conditions is applied by the source, or is on a one-row record that can be read first. */
export function canApply(graph: Graph, rule: RowRule, connect: ConnectField): boolean {
  const { gated } = splitRule(rule, connect, (attribute) => resolveColumn(graph, attribute));
  const entity = entityOf(graph, connect.parentType);
  return gated.flatMap(ruleAttributes).every((attribute) => canGate(graph, attribute, entity, connect));
}

/** Can the attribute be read of this entity, for a rule of the department that owns `governed`? */
export function canGate(
  graph: Graph,
  attribute: string,
  entity: string | undefined,
  governed: { readonly department: string },
): boolean {
  const column = resolveColumn(graph, attribute);
  const reading = column && connectOf(graph, column);
  if (!column || reading?.rows !== 'ONE' || reading.typeName !== column.parentType) return false;
  if (entity === undefined || entityOf(graph, column.parentType) !== entity) return false;
  return column.department === governed.department || column.share?.isGate === true;
}

/** The shared entity below which a department's type lies, or the entity itself. */
export function entityOf(graph: Graph, typeName: string): string | undefined {
  return graph.entities.has(typeName) ? typeName : graph.sections.get(typeName)?.split('.')[0];
}
