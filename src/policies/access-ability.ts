import { createMongoAbility, type MongoAbility, type MongoQuery, type RawRuleOf } from '@casl/ability';
import type { FieldMapping } from '../contract/graph.ts';
import type { Operation } from './agreement.ts';
import { isSharedField } from './shared-field.ts';

/** CASL's view: action = operation, subject = type, field = field name, reason = id of our rule. */
export type AccessAbility = MongoAbility<[Operation, string], MongoQuery>;
export type AccessRule = RawRuleOf<AccessAbility>;

/** Conditions that no row satisfies. */
const neverConditions: MongoQuery = { '@': { $in: [] } };

const fieldOperations: readonly Operation[] = ['read', 'readMasked', 'verify'];

/** The rules that follow from the owners' share types alone, the same for every registered client. */
export interface ShareRules {
  readonly permitting: readonly AccessRule[];
  readonly forbidding: readonly AccessRule[];
}

/**
 * One rule over fields of one type. CASL crosses lists of types with lists of fields, so several types in one rule would
 * grant each field name on each of them. `fields` must not be empty: CASL takes an absent list for every field.
 * A row rule is bound and matched per request (`matchRule`), so conditional rules hold conditions that no row satisfies: asked
 * directly about a row, the ability says no.
 */
export function createAccessRule(
  operation: Operation,
  type: string,
  fields: readonly string[],
  options: { readonly reason: string; readonly isConditional?: boolean },
): AccessRule {
  if (fields.length === 0) throw new TypeError('createAccessRule expects at least one field');
  const rule: AccessRule = { action: operation, subject: type, fields: [...fields], reason: options.reason };
  return options.isConditional ? { ...rule, conditions: neverConditions } : rule;
}

export function compileShareRules(fields: ReadonlyMap<string, FieldMapping>): ShareRules {
  const permitting = new Map<string, string[]>();
  const forbidding = new Map<string, string[]>();
  for (const field of fields.values()) {
    if (!isSharedField(field)) continue;
    if (field.share?.as === 'UNCONDITIONAL') addName(permitting, field.parentType, field.name);
    if (field.share?.as === 'NON_SHARED') addName(forbidding, field.parentType, field.name);
  }
  return {
    permitting: [...permitting].map(([type, names]) =>
      createAccessRule('read', type, names, { reason: 'share:UNCONDITIONAL' }),
    ),
    forbidding: [...forbidding].flatMap(([type, names]) =>
      fieldOperations.map((operation) => ({
        ...createAccessRule(operation, type, names, { reason: 'share:NON_SHARED' }),
        inverted: true,
      })),
    ),
  };
}

/** CASL lets the last rule win, so what is forbidden comes last: before a permission it would forbid nothing. */
export function createAccessAbility(share: ShareRules, grants: readonly AccessRule[]): AccessAbility {
  return createMongoAbility<AccessAbility>([...share.permitting, ...grants, ...share.forbidding], {
    fieldMatcher: matchExactly,
    // CASL's `manage` and `all` would let a type or operation of that name open everything.
    anyAction: '(no action means all)',
    anySubjectType: '(no type means all)',
  });
}

/**
 * The permitting rules of one field (by operation, first given first), or the reason why it is forbidden whatever they say. `name` must be the
 * name of a known field: CASL takes an empty one for the whole type, which is permitted if any field of it is.
 */
export function findAccessRules(
  ability: AccessAbility,
  type: string,
  name: string,
  operations: readonly Operation[] = fieldOperations,
): { readonly rules: readonly AccessRule[] } | { readonly forbiddenBy: string } {
  const rules: AccessRule[] = [];
  for (const operation of operations) {
    for (const rule of ability.rulesFor(operation, type, name).toReversed()) {
      if (rule.inverted) return { forbiddenBy: rule.reason ?? 'default-deny' };
      rules.push(rule.origin);
    }
  }
  return { rules };
}

/** CASL's own matcher reads `*` as a wildcard. */
function matchExactly(fields: readonly string[]): (field: string) => boolean {
  const names = new Set(fields);
  return (field) => names.has(field);
}

function addName(names: Map<string, string[]>, type: string, name: string): void {
  const known = names.get(type);
  if (known) known.push(name);
  else names.set(type, [name]);
}
