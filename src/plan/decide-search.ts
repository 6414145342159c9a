import type { FieldMapping, Register } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import type { Decision } from '../policies/decision.ts';
import { listCoordinate } from '../policies/list-operation.ts';
import { decideExistence } from './decide-existence.ts';
import { resolveColumn } from './draft-steps.ts';
import type { FilterPlan } from './plan.ts';
import { allOf, splitRule } from './split-rule.ts';
import { type Asker, supportedDecision } from './supported-decision.ts';

/**
 * A list tells of everybody in it that they have a record, so whoever lists must be permitted to search and to know of the record:
 * both rules hold together, and the source applies them, or the list is refused. `said` is the policy's own decision on the search.
 */
export function decideSearch(asker: Asker, register: Register, said: Decision): Decision {
  if (said.effect === 'DENY') return said;
  const { decision: existence } = decideExistence(asker, register.connect.typeName);
  if (existence.effect === 'DENY') return existence;
  return decidePushed(asker, register, said, [said, existence]);
}

/** May this caller search at all? The first register that it may list decides; undefined where there is none in the graph. */
export function decideAnySearch(asker: Asker): Decision | undefined {
  const { policy, subject } = asker;
  const decisions = asker.graph.registers.map((register) =>
    decideSearch(
      asker,
      register,
      policy.decide(subject, listCoordinate(register.connect.coordinate, 'search')),
    ),
  );
  return decisions.find(({ effect }) => effect !== 'DENY') ?? decisions[0];
}

/** `said` is the policy's own decision on the count. */
export function decideCount(asker: Asker, register: Register, said: Decision): Decision {
  return said.effect === 'DENY' ? said : decidePushed(asker, register, said, [said]);
}

function decidePushed(
  asker: Asker,
  register: Register,
  { rule }: Decision,
  decisions: readonly Decision[],
): Decision {
  const when = allOf(decisions.flatMap((decision) => (decision.effect === 'PERMIT_IF' ? decision.when : [])));
  if (!canPushRule(asker, register, when)) return { effect: 'DENY', rule, reason: 'UNSUPPORTED_SCOPE' };
  return when ? { effect: 'PERMIT_IF', when, rule } : { effect: 'PERMIT', rule };
}

/** Can the register's own source apply the whole rule to a list? */
function canPushRule({ graph }: Asker, { connect }: Register, rule: RowRule | undefined): boolean {
  return splitRule(rule, connect, (attribute) => resolveColumn(graph, attribute)).gated.length === 0;
}

/** What this caller may do with a field of the register's type as a filter; undefined for a field that is none. */
export function planFilter(asker: Asker, register: Register, field: FieldMapping): FilterPlan | undefined {
  if (field.kind !== 'column' || field.parentType !== register.connect.typeName || !field.isFilterable) {
    return undefined;
  }
  const decision = supportedDecision(asker, asker.policy.decide(asker.subject, field.coordinate), field);
  const isAvailable =
    decision.effect === 'PERMIT' ||
    (decision.effect === 'PERMIT_IF' &&
      decision.mask === undefined &&
      canPushRule(asker, register, decision.when));
  return Object.freeze({ field, decision, isAvailable });
}
