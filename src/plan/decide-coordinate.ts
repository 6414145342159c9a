import { isLeafType } from 'graphql';
import type { Coordinate, Graph } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { decideHubField } from '../policies/hub-fields.ts';
import { decideExistence } from './decide-existence.ts';
import { connectOf, resolveColumn } from './draft-steps.ts';
import { type Asker, supportedDecision } from './supported-decision.ts';

/** Fields of Query that lead to residents: what is below them is decided, not they. */
export const entityRoots: ReadonlySet<string> = new Set(['resident', 'residents']);

/**
 * What a plan says of a selection of this coordinate alone. Undefined for what is not decided by itself (a nested object, a list of
 * rows, the hub's reference) and for what does not exist. `coordinate` may come from the request: it is only looked up.
 */
export function decideCoordinate(asker: Asker, coordinate: string): Decision | undefined {
  const { graph, policy, subject } = asker;
  const [parentType = '', name = ''] = coordinate.split('.');
  if (parentType === 'Query') return decideRoot(asker, name);
  const field = resolveColumn(graph, coordinate);
  if (isElement(graph, parentType, name)) {
    const isClaimed = field && connectOf(graph, field)?.rows === 'ONE';
    if (!isClaimed) return policy.decide(subject, coordinate);
  }
  if (field) return supportedDecision(asker, policy.decide(subject, field.coordinate), field);
  const other = graph.fields.get(coordinate as Coordinate);
  if (other?.kind === 'connect') return decideExistence(asker, other.typeName).decision;
  return other?.kind === 'meta' && isRead(graph, other.parentType)
    ? decideExistence(asker, other.parentType).decision
    : undefined;
}

function decideRoot({ graph, subject }: Asker, name: string): Decision | undefined {
  const isField = Object.hasOwn(graph.schema.getQueryType()?.getFields() ?? {}, name);
  return isField && !entityRoots.has(name) ? decideHubField(subject.roles, `Query.${name}`) : undefined;
}

/** A shared value of an entity, such as `Resident.name`: departments may claim it. */
export function isElement(graph: Graph, parentType: string, name: string): boolean {
  if (!isEntity(graph, parentType) || name === 'id' || graph.fields.has(`${parentType}.${name}`))
    return false;
  const type = graph.schema.getType(parentType);
  if (!type || !('getFields' in type) || !Object.hasOwn(type.getFields(), name)) return false;
  return isLeafType(type.getFields()[name]?.type);
}

/** What departments extend and do not own: `Resident`. */
function isEntity({ fields, sections }: Graph, typeName: string): boolean {
  if (sections.has(typeName)) return false;
  return [...fields.values()].some(({ parentType }) => parentType === typeName);
}

/** A section that only groups lists is not read, and so always there. */
function isRead({ fields }: Graph, typeName: string): boolean {
  return [...fields.values()].some((field) => field.typeName === typeName && field.kind === 'connect');
}
