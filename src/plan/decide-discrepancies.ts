import { isObjectType } from 'graphql';
import type { ColumnField, Coordinate, Graph } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { defaultDeny } from '../policies/decision.ts';
import { resolveColumn } from './draft-steps.ts';
import { type Asker, supportedDecision } from './supported-decision.ts';

/** Comparing what the caller may read clear anyway needs no permission of its own. */
export const comparing: Decision = Object.freeze({ effect: 'PERMIT', rule: 'hub:discrepancies' });

/** Is this the field of an entity that compares statements: `Resident.discrepancies`? */
export function isDiscrepancies({ entities, schema }: Graph, entity: string, name: string): boolean {
  const type = name === 'discrepancies' && entities.has(entity) ? schema.getType(entity) : undefined;
  return isObjectType(type) && Object.hasOwn(type.getFields(), name);
}

/** May this class of callers have anything of the entity compared? */
export function decideDiscrepancies(asker: Asker, entity: string): Decision {
  return comparedElements(asker, entity).size > 0 ? comparing : defaultDeny;
}

/**
 * The elements of an entity on which the caller may read at least two statements clear, with the fields that state them. What is masked
 * or denied takes no part and leaves no trace: the answer is the same as if its department stated nothing.
 */
export function comparedElements(
  asker: Asker,
  entity: string,
): ReadonlyMap<Coordinate, readonly ColumnField[]> {
  const compared = new Map<Coordinate, readonly ColumnField[]>();
  for (const element of statedElements(asker.graph, entity)) {
    const fields = (asker.graph.statements.get(element) ?? []).flatMap((stating) => {
      const field = resolveColumn(asker.graph, stating);
      return field && isReadClear(asker, field) ? [field] : [];
    });
    if (fields.length > 1) compared.set(element, fields);
  }
  return compared;
}

/** All elements of an entity that at least two fields state, whoever may read them. */
export function statedElements({ statements }: Graph, entity: string): readonly Coordinate[] {
  return [...statements.keys()].filter((element) => element.startsWith(`${entity}.`));
}

function isReadClear(asker: Asker, field: ColumnField): boolean {
  const decision = supportedDecision(asker, asker.policy.decide(asker.subject, field.coordinate), field);
  return decision.effect === 'PERMIT' || (decision.effect === 'PERMIT_IF' && decision.mask === undefined);
}
