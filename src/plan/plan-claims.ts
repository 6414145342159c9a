import { isLeafType, isObjectType } from 'graphql';
import type { Coordinate, Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import type { FieldPolicy } from '../policies/decision.ts';
import { verifyCoordinate } from '../policies/verify-coordinate.ts';
import { claimantOf } from './entity-root.ts';

/** Where a claimed value stands below `Query.resident`: names from there, and the coordinates on the way. */
export interface ClaimPath {
  readonly names: readonly string[];
  readonly coordinates: readonly Coordinate[];
}

/** As `findClaimPath`. Throws HubError VARIABLE_INVALID. */
export function claimPathOf(graph: Graph, field: string): ClaimPath {
  const path = findClaimPath(graph, field);
  if (path) return path;
  throw new HubError('VARIABLE_INVALID', {
    hint: 'A claim names one value of a person, such as PoliceRecord.name.',
    hintZh: '核验项须为居民的单个数据项，例如 PoliceRecord.name。',
  });
}

/** The way to one value of a person: an element, or a field of a record of which there is one. Undefined for all else; `field` may come from the request. */
export function findClaimPath(graph: Graph, field: string): ClaimPath | undefined {
  const [typeName = '', name = ''] = field.split('.', 2);
  const type = graph.schema.getType(typeName);
  const definition = isObjectType(type) ? type.getFields()[name] : undefined;
  const way =
    definition && isLeafType(unwrapped(definition.type)) && isClaimable(graph, field)
      ? wayTo(graph, typeName)
      : undefined;
  if (!way || `${typeName}.${name}` !== field) return undefined;
  // A type and a field of the schema, as was just seen.
  const coordinate = field as Coordinate;
  return { names: [...way.names, name], coordinates: [...way.coordinates, coordinate] };
}

function unwrapped(type: unknown): unknown {
  return typeof type === 'object' && type !== null && 'ofType' in type ? unwrapped(type.ofType) : type;
}

function isClaimable(graph: Graph, field: string): boolean {
  // Only looked up: it may be no coordinate at all.
  return claimantOf(graph, field as Coordinate)?.kind === 'column';
}

/** Through records of which a person has one. Records do not contain themselves. */
function wayTo(graph: Graph, typeName: string, from = 'Resident'): ClaimPath | undefined {
  if (typeName === from) return { names: [], coordinates: [] };
  for (const field of graph.fields.values()) {
    const isOne = field.kind === 'group' || (field.kind === 'connect' && field.rows === 'ONE');
    if (field.parentType !== from || !isOne) continue;
    const rest = wayTo(graph, typeName, field.typeName);
    if (rest)
      return { names: [field.name, ...rest.names], coordinates: [field.coordinate, ...rest.coordinates] };
  }
  return undefined;
}

/** An operation that reads what is claimed, and nothing else; the n-th claim under the name `c<n>`. */
export function claimsOperation(paths: readonly ClaimPath[]): string {
  const selected = paths.map(({ names }, n) => {
    const [first = '', ...rest] = names;
    const inner = rest.reduceRight((below, name) => ` { v: ${name}${below} }`, '');
    return `c${n}: ${first}${inner}`;
  });
  return `query Verify($identifier: ResidentIdentifier!) { resident(identifier: $identifier) { ${selected.join(' ')} } }`;
}

/**
 * The policy by which claims are planned: each field is decided as one to be verified. Plans are cached by fingerprint, so it has one of its own: no
 * plan of it is ever taken for one that shows values.
 */
export function verifyingPolicy(policy: FieldPolicy): FieldPolicy {
  return {
    fingerprint: `verify ${policy.fingerprint}`,
    decide: (subject, coordinate) => policy.decide(subject, verifyCoordinate(coordinate)),
    validUntil: (subject) => policy.validUntil(subject),
    pageSize: (subject, coordinate) => policy.pageSize(subject, verifyCoordinate(coordinate)),
  };
}
