import type { ColumnField, FieldMapping } from '../contract/graph.ts';
import type { RowRule, RuleValue } from './agreement.ts';

/** Rules nest no deeper, and hold no more terms, wherever they come from. */
export const scopeLimits = { depth: 6, terms: 100, values: 200 } as const;

export type AttributeProblem =
  | 'attribute-unknown'
  | 'attribute-not-shared'
  | 'attribute-not-filterable'
  | 'attribute-not-gate';

/** From an attribute (a field, or an element that some field claims) to the column field behind it. */
export type ResolveAttribute = (attribute: string) => ColumnField | undefined;

/**
 * Resolves attributes over a fixed set of fields. `elements` is the graph's; without it, the fields' own claims count (the
 * composition allows one claimant of an element).
 */
export function createAttributeResolver(
  fields: ReadonlyMap<string, FieldMapping>,
  elements: ReadonlyMap<string, string> = claimedElements(fields),
): ResolveAttribute {
  return (attribute) => {
    const field = fields.get(elements.get(attribute) ?? attribute);
    return field?.kind === 'column' ? field : undefined;
  };
}

/**
 * May an agreement of `provider` depend on this field? What is not shared may not be read even for a rule: the answer
 * would give it away. Another department's field needs that department's word (`gate`).
 */
export function attributeProblem(
  field: ColumnField | undefined,
  provider: string,
): AttributeProblem | undefined {
  if (!field) return 'attribute-unknown';
  if (!field.share || field.share.as === 'NON_SHARED') return 'attribute-not-shared';
  if (!field.isFilterable) return 'attribute-not-filterable';
  return field.department === provider || field.share.isGate ? undefined : 'attribute-not-gate';
}

/**
 * Can the stored rule be relied on today? Rows come from a database and contracts change: a rule of an unknown form, or over an
 * attribute that was withdrawn since, opens nothing.
 */
export function isUsableScope(rule: unknown, provider: string, resolve: ResolveAttribute): rule is RowRule {
  const budget = { terms: scopeLimits.terms };
  const isUsable = (part: unknown, depth: number): boolean => {
    budget.terms -= 1;
    if (!isObject(part) || depth > scopeLimits.depth || budget.terms < 0) return false;
    if (part['op'] === 'and' || part['op'] === 'or') {
      const rules = part['rules'];
      return Array.isArray(rules) && rules.length > 0 && rules.every((inner) => isUsable(inner, depth + 1));
    }
    const attribute = part['attribute'];
    if (typeof attribute !== 'string' || attributeProblem(resolve(attribute), provider)) return false;
    return hasUsableTerms(part);
  };
  return isUsable(rule, 1);
}

function hasUsableTerms(part: Readonly<Record<string, unknown>>): boolean {
  switch (part['op']) {
    case 'eq':
    case 'prefix':
      return isRuleValue(part['value']);
    case 'in':
      return Array.isArray(part['values']) && part['values'].every(isRuleValue);
    case 'range':
      return ['gte', 'gt', 'lte', 'lt'].every((name) => part[name] === undefined || isRuleValue(part[name]));
    default:
      return false;
  }
}

function isRuleValue(value: unknown): value is RuleValue {
  if (typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (!isObject(value)) return false;
  return typeof value['subject'] === 'string' || Number.isInteger(value['yearsAgo']);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function claimedElements(fields: ReadonlyMap<string, FieldMapping>): ReadonlyMap<string, string> {
  const elements = new Map<string, string>();
  for (const field of fields.values()) {
    if (field.kind === 'column' && field.element) elements.set(field.element, field.coordinate);
  }
  return elements;
}
