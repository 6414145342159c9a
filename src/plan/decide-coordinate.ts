import { getNamedType, isLeafType, isObjectType } from 'graphql';
import type { Coordinate, Graph } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { decideHubField } from '../policies/hub-fields.ts';
import { parseListCoordinate } from '../policies/list-operation.ts';
import { parseVerifyCoordinate } from '../policies/verify-coordinate.ts';
import { decideDiscrepancies, isDiscrepancies } from './decide-discrepancies.ts';
import { decideExistence } from './decide-existence.ts';
import { decideAnySearch, decideCount, decideSearch } from './decide-search.ts';
import { connectOf, resolveColumn } from './draft-steps.ts';
import { entityRootsOf, relationOf, tallyOf } from './entity-root.ts';
import { findClaimPath, verifyingPolicy } from './plan-claims.ts';
import { supportedTally } from './plan-tally.ts';
import { type Asker, supportedDecision } from './supported-decision.ts';
import { supportedRelation } from './supported-relation.ts';

/**
 * What a plan says of a selection of this coordinate alone. Undefined for what is not decided by itself (a nested object, a list of
 * rows, the hub's reference) and for what does not exist. `coordinate` may come from the request: it is only looked up.
 */
export function decideCoordinate(asker: Asker, coordinate: string): Decision | undefined {
  const { graph, policy, subject } = asker;
  const listed = parseListCoordinate(coordinate);
  if (listed) return decideList(asker, coordinate, listed);
  const verified = parseVerifyCoordinate(coordinate);
  if (verified !== undefined) return decideVerification(asker, verified);
  const [parentType = '', name = ''] = coordinate.split('.');
  if (parentType === 'Query') return decideRoot(asker, name);
  if (isDiscrepancies(graph, parentType, name)) return decideDiscrepancies(asker, parentType);
  const relation = relationOf(graph, coordinate);
  if (relation) return supportedRelation(graph, policy.decide(subject, relation.coordinate), relation);
  const tally = tallyOf(graph, coordinate);
  if (tally) return supportedTally(graph, policy.decide(subject, tally.coordinate), tally);
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

/** As a search decides of the register; undefined for what is none. */
function decideList(
  asker: Asker,
  coordinate: string,
  { register: name, operation }: NonNullable<ReturnType<typeof parseListCoordinate>>,
): Decision | undefined {
  const register = asker.graph.registers.find(({ connect }) => connect.coordinate === name);
  if (!register) return undefined;
  const said = asker.policy.decide(asker.subject, coordinate);
  return operation === 'search' ? decideSearch(asker, register, said) : decideCount(asker, register, said);
}

/** As a claim is decided; undefined for what none can name. */
function decideVerification(asker: Asker, field: string): Decision | undefined {
  const isClaimable = findClaimPath(asker.graph, field) !== undefined;
  return isClaimable
    ? decideCoordinate({ ...asker, policy: verifyingPolicy(asker.policy) }, field)
    : undefined;
}

function decideRoot(asker: Asker, name: string): Decision | undefined {
  const { graph, subject } = asker;
  if (name === 'searchResidents') return decideAnySearch(asker);
  const isField = Object.hasOwn(graph.schema.getQueryType()?.getFields() ?? {}, name);
  const isHubField = isField && entityRootsOf(graph, name).length === 0;
  return isHubField ? decideHubField(subject.roles, `Query.${name}`) : undefined;
}

/** A shared value of an entity, such as `Resident.name`, or a way to another (`Household.members`): departments may claim it. */
export function isElement(graph: Graph, parentType: string, name: string): boolean {
  const { entities, fields, schema } = graph;
  if (!entities.has(parentType) && !isValueType(graph, parentType)) return false;
  if (name === 'id' || name === entities.get(parentType)?.publicKey) return false;
  if (fields.has(`${parentType}.${name}`)) return false;
  const type = schema.getType(parentType);
  if (!isObjectType(type) || !Object.hasOwn(type.getFields(), name)) return false;
  const named = getNamedType(type.getFields()[name]?.type);
  return isLeafType(named) || (named !== undefined && entities.has(named.name));
}

/** A plain value of the hub in a field of an entity: `BuildingLocation`. Departments' types have their section. */
function isValueType({ schema, entities, sections }: Graph, typeName: string): boolean {
  if (sections.has(typeName) || entities.has(typeName)) return false;
  return [...entities.keys()].some((entity) => {
    const type = schema.getType(entity);
    const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
    return fields.some((field) => isObjectType(field.type) && field.type.name === typeName);
  });
}

/** A section that only groups lists is not read, and so always there. */
function isRead({ fields }: Graph, typeName: string): boolean {
  return [...fields.values()].some((field) => field.typeName === typeName && field.kind === 'connect');
}
