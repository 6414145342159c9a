import type { Coordinate, Register } from '../contract/graph.ts';
import { sectionName } from '../plan/bind-search.ts';
import { planFilter } from '../plan/decide-search.ts';
import { resolveColumn } from '../plan/draft-steps.ts';
import { canPushField } from '../plan/split-rule.ts';
import { type Asker, supportedDecision } from '../plan/supported-decision.ts';

/** A member of an input of searches: is there a register in which this class of callers could search by it? */
export function isSearchMemberUsable(asker: Asker, input: string, member: string): boolean {
  const { graph } = asker;
  const isUsable = (register: Register, coordinate: Coordinate | undefined): boolean => {
    const field = coordinate && graph.fields.get(coordinate);
    return field !== undefined && planFilter(asker, register, field)?.isAvailable === true;
  };
  if (input !== 'ResidentFilter') {
    const own = graph.registers.find(({ connect }) => input === `${connect.typeName}Filter`);
    return !own || isUsable(own, `${own.connect.typeName}.${member}`);
  }
  if (member === 'and' || member === 'or') return true;
  return graph.registers.some((register) => {
    const { typeName } = register.connect;
    if (member !== sectionName(typeName)) return isUsable(register, register.elements[member]);
    return [...graph.fields.values()].some((field) => isUsable(register, field.coordinate));
  });
}

/**
 * May this class of callers use the argument of a field? A filter of a list must be readable clear, under whatever rule, and applicable
 * at every source: filtering tells as much as reading. Arguments that filter nothing are free.
 */
export function isFilterUsable(asker: Asker, coordinate: Coordinate, argument: string): boolean {
  const list = asker.graph.fields.get(coordinate);
  if (list?.kind !== 'connect' || !Object.hasOwn(list.filters, argument)) return true;
  const field = resolveColumn(asker.graph, list.filters[argument] ?? '');
  if (!field || !canPushField('eq', field, list)) return false;
  const decision = supportedDecision(asker, asker.policy.decide(asker.subject, field.coordinate), field);
  return decision.effect === 'PERMIT' || (decision.effect === 'PERMIT_IF' && decision.mask === undefined);
}
