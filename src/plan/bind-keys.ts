import { type GraphQLSchema, valueFromAST } from 'graphql';
import { HubError } from '../errors.ts';
import { type EntityKey, isResidentKey, parsePlaceKey, placeTypeOf } from '../resident/entity-key.ts';
import { parseIdentifier, type ResidentIdentifier } from '../resident/identifier.ts';
import { bindRepresentation, isOfType } from './bind-representation.ts';
import type { BoundRoot, NamedEntities } from './bound-plan.ts';
import { checkIdentifiers } from './check-size.ts';
import type { OperationLimits } from './limits.ts';
import type { EntityRoot, Plan } from './plan.ts';

export interface KeyInput {
  readonly plan: Plan;
  readonly schema: GraphQLSchema;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly limits: OperationLimits;
  /** Opens the hub's own reference of this client. */
  readonly reveal: (reference: string) => EntityKey | undefined;
}

/** Throws HubError VARIABLE_INVALID or TOO_MANY_IDENTIFIERS. What is malformed is nobody, and its place stays empty. */
export function bindKeys(input: KeyInput, root: EntityRoot): Pick<BoundRoot, 'named' | 'asked'> {
  if (root.isRepresented) return bindRepresentations(input, root);
  if (root.entity !== 'Resident') return { named: nameEach([bindPlaceKey(input, root)]), asked: 1 };
  const items = bindItems(input, root, root.isList ? 'identifiers' : 'identifier');
  return { named: nameEach(items.map((item) => bindIdentifier(input, item))), asked: items.length };
}

/** Nobody is named in a search. */
export const nobody: NamedEntities = Object.freeze({ keys: [], counts: [], places: [] });

function nameEach(keys: readonly (EntityKey | undefined)[]): NamedEntities {
  const positions = new Map<string, Map<string, number>>();
  const distinct: EntityKey[] = [];
  const counts: number[] = [];
  const places = keys.map((key) => {
    if (!key) return -1;
    let ofType = positions.get(key.type);
    if (!ofType) {
      ofType = new Map();
      positions.set(key.type, ofType);
    }
    const known = ofType.get(key.value);
    if (known !== undefined) {
      counts[known] = (counts[known] ?? 0) + 1;
      return known;
    }
    ofType.set(key.value, distinct.length);
    counts.push(1);
    return distinct.push(key) - 1;
  });
  return { keys: distinct, counts, places };
}

function bindItems(input: KeyInput, root: EntityRoot, name: string): readonly unknown[] {
  const value = bindArgument(input, root, name);
  // A variable with a default fits where null does not, and may be given as null.
  if (value === undefined || value === null) {
    throw new HubError('VARIABLE_INVALID', {
      hint: `${name} must not be null.`,
      hintZh: `${name} 不得为 null。`,
    });
  }
  const items: unknown[] = Array.isArray(value) ? value : [value];
  // Before any is parsed: a body has room for very many.
  checkIdentifiers(input.plan, input.limits, items.length);
  return items;
}

/** Those of other types are other roots' of the same field. */
function bindRepresentations(input: KeyInput, root: EntityRoot): Pick<BoundRoot, 'named' | 'asked'> {
  const items = bindItems(input, root, 'representations');
  const asked = items.filter((item) => isOfType(item, root.entity)).length;
  return { named: nameEach(items.map((item) => bindRepresentation(item, root, input.reveal))), asked };
}

function bindArgument(input: KeyInput, root: EntityRoot, name: string): unknown {
  const argument = input.schema
    .getQueryType()
    ?.getFields()
    [root.field]?.args.find((one) => one.name === name);
  const node = root.arguments.get(name);
  return node && argument && valueFromAST(node, argument.type, input.variables);
}

/** Undefined for what is malformed, and for a reference that is not this client's. */
export function bindIdentifier(
  input: Pick<KeyInput, 'reveal'>,
  item: unknown,
): ResidentIdentifier | undefined {
  if (typeof item !== 'object' || item === null || !('type' in item && 'value' in item)) return undefined;
  const { type, value } = item;
  if (typeof type !== 'string' || typeof value !== 'string') return undefined;
  if (type !== 'RESIDENT_ID') return parseIdentifier({ type, value });
  const key = input.reveal(value);
  return key && isResidentKey(key) ? key : undefined;
}

/** A household, dwelling, building or grid: by its number or code, or by the reference that this client was given. */
function bindPlaceKey(input: KeyInput, root: EntityRoot): EntityKey | undefined {
  const given = [...root.arguments.keys()]
    .map((name) => ({ name, value: bindArgument(input, root, name) }))
    .filter(({ value }) => value !== undefined && value !== null);
  const [argument] = given;
  if (given.length !== 1 || typeof argument?.value !== 'string') {
    throw new HubError('VARIABLE_INVALID', {
      hint: `${root.field} takes exactly one key.`,
      hintZh: `${root.field} 须恰好给出一个键。`,
    });
  }
  if (argument.name !== 'id') return parsePlaceKey(root.entity, argument.value);
  const key = input.reveal(argument.value);
  return key?.type === placeTypeOf(root.entity) ? key : undefined;
}
