import type { RowRule, RuleValue } from './agreement.ts';
import { isDate, yearsBefore } from './calendar.ts';

export type Constant = string | number | boolean;
export type AttributeValue = Constant | null | undefined;

/** A row rule whose terms are all constants. `and` and `or` hold at least two rules; no list is empty. */
export type BoundRule =
  | { readonly op: 'eq'; readonly attribute: string; readonly value: Constant }
  | { readonly op: 'in'; readonly attribute: string; readonly values: readonly Constant[] }
  | { readonly op: 'prefix'; readonly attribute: string; readonly value: string }
  | BoundRange
  | { readonly op: 'and' | 'or'; readonly rules: readonly BoundRule[] };

export interface BoundRange extends Bounds {
  readonly op: 'range';
  readonly attribute: string;
}

/** At least one bound, all strings or all numbers. */
export interface Bounds {
  readonly gte?: string | number;
  readonly gt?: string | number;
  readonly lte?: string | number;
  readonly lt?: string | number;
}

/** What one request binds. An absent or empty member cannot be bound. */
export interface Binding {
  readonly region?: string | undefined;
  readonly department?: string | undefined;
  readonly case?: string | undefined;
  /** Today in China Standard Time, `YYYY-MM-DD`. */
  readonly today: string;
}

const boundNames = ['gte', 'gt', 'lte', 'lt'] as const;

/** Every attribute that the rule looks at, sorted and distinct: what a gate read has to fetch. */
export function ruleAttributes(rule: RowRule): readonly string[] {
  return [...new Set(listAttributes(rule))].sort();
}

/**
 * Puts the request's values in. A term that cannot be bound makes its comparison false; what can then never hold is
 * left out of an `or` and ends an `and`. Empty and malformed rules (an `and` of nothing, a range without bounds, an empty
 * prefix, an unknown op) never hold: they would otherwise match everybody. Throws a TypeError when `today` is no date.
 */
export function bindRule(rule: RowRule, binding: Binding): BoundRule | 'NEVER' {
  switch (rule.op) {
    case 'eq':
      return bindEq(rule.attribute, bindValue(rule.value, binding));
    case 'in':
      return bindIn(rule.attribute, rule.values, binding);
    case 'prefix':
      return bindPrefix(rule.attribute, bindValue(rule.value, binding));
    case 'range':
      return bindRange(rule, binding);
    case 'and':
    case 'or':
      return bindCompound(rule.op, rule.rules, binding);
    default:
      return 'NEVER';
  }
}

/**
 * Does a row satisfy the rule? An absent, null or NaN attribute never matches, nor does one of another type than the constant.
 * Strings compare by code unit.
 */
export function matchRule(rule: BoundRule, attributes: (coordinate: string) => AttributeValue): boolean {
  switch (rule.op) {
    case 'eq':
      return attributes(rule.attribute) === rule.value;
    case 'in':
      return matchIn(rule.values, attributes(rule.attribute));
    case 'prefix':
      return matchPrefix(rule.value, attributes(rule.attribute));
    case 'range':
      return matchRange(rule, attributes(rule.attribute));
    case 'and':
      return rule.rules.every((part) => matchRule(part, attributes));
    case 'or':
      return rule.rules.some((part) => matchRule(part, attributes));
    default:
      return false;
  }
}

function listAttributes(rule: RowRule): readonly string[] {
  return 'rules' in rule ? rule.rules.flatMap(listAttributes) : [rule.attribute];
}

function bindValue(value: RuleValue, binding: Binding): Constant | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if ('yearsAgo' in value) return bindYearsAgo(value.yearsAgo, binding.today);
  if (value.subject === 'region') return binding.region || undefined;
  if (value.subject === 'department') return binding.department || undefined;
  return value.subject === 'case' ? binding.case || undefined : undefined;
}

function bindYearsAgo(years: number, today: string): string | undefined {
  if (!isDate(today)) throw new TypeError('bindRule expects binding.today as an existing YYYY-MM-DD');
  return Number.isInteger(years) && years >= 0 ? yearsBefore(today, years) : undefined;
}

function bindEq(attribute: string, value: Constant | undefined): BoundRule | 'NEVER' {
  return value === undefined ? 'NEVER' : { op: 'eq', attribute, value };
}

function bindIn(attribute: string, terms: readonly RuleValue[], binding: Binding): BoundRule | 'NEVER' {
  const values = terms.map((term) => bindValue(term, binding)).filter((value) => value !== undefined);
  return values.length === 0 ? 'NEVER' : { op: 'in', attribute, values };
}

function bindPrefix(attribute: string, value: Constant | undefined): BoundRule | 'NEVER' {
  return typeof value === 'string' && value !== '' ? { op: 'prefix', attribute, value } : 'NEVER';
}

function bindRange(rule: Extract<RowRule, { op: 'range' }>, binding: Binding): BoundRule | 'NEVER' {
  const bounds: { -readonly [name in keyof Bounds]: Bounds[name] } = {};
  const types = new Set<string>();
  for (const name of boundNames) {
    const term = rule[name];
    if (term === undefined) continue;
    const value = bindValue(term, binding);
    if (typeof value !== 'string' && typeof value !== 'number') return 'NEVER';
    types.add(typeof value);
    bounds[name] = value;
  }
  return types.size === 1 ? { op: 'range', attribute: rule.attribute, ...bounds } : 'NEVER';
}

function bindCompound(op: 'and' | 'or', parts: readonly RowRule[], binding: Binding): BoundRule | 'NEVER' {
  const rules: BoundRule[] = [];
  for (const part of parts) {
    const bound = bindRule(part, binding);
    if (bound === 'NEVER' && op === 'and') return 'NEVER';
    if (bound === 'NEVER') continue;
    if (bound.op === op) rules.push(...bound.rules);
    else rules.push(bound);
  }
  const [only] = rules;
  if (!only) return 'NEVER';
  return rules.length === 1 ? only : { op, rules };
}

function matchIn(values: readonly Constant[], actual: AttributeValue): boolean {
  return values.some((value) => value === actual);
}

function matchPrefix(prefix: string, actual: AttributeValue): boolean {
  return typeof actual === 'string' && actual.startsWith(prefix);
}

function matchRange(range: Bounds, actual: AttributeValue): boolean {
  if (typeof actual !== 'string' && typeof actual !== 'number') return false;
  return boundNames.every((name) => {
    const bound = range[name];
    return bound === undefined || (typeof bound === typeof actual && holds(name, actual, bound));
  });
}

function holds(name: (typeof boundNames)[number], actual: string | number, bound: string | number): boolean {
  if (name === 'gte') return actual >= bound;
  if (name === 'gt') return actual > bound;
  return name === 'lte' ? actual <= bound : actual < bound;
}
