/**
 * Row rules as CASL conditions (the MongoDB query language of @casl/ability 7): an implementation of somebody else's to compare
 * `matchRule` with. The hub itself binds and matches rules by `matchRule` and in SQL.
 *
 * What CASL makes of conditions that a reader would not expect, and what is done about each:
 * - `{$lt: 5}` holds for a missing attribute, for null and for text (its comparison answers "less" for whatever it cannot
 *   order): ranges also demand the type, by an operator `$is` of our own.
 * - A dot in an attribute's name walks into nested objects, and `constructor` or `__proto__` into their prototypes; a name
 *   that begins with `$` or is a member of Object is read as an operator: names are therefore escaped and begin with `@`.
 * - `$ne`, `$nin` and `$nor` hold for a missing attribute: no rule uses them.
 * - `$and` and `$or` are read as names of attributes, and so hold for nobody: they are added here.
 */
import { buildMongoQueryMatcher, type ConditionsMatcher, type MongoQuery } from '@casl/ability';
import {
  type AttributeValue,
  type BoundRule,
  type Bounds,
  ruleAttributes,
} from '../../src/policies/row-rule.ts';

type Conditions = MongoQuery;

/** For `createMongoAbility(rules, { conditionsMatcher })`: CASL's own operators, `$is`, `$and` and `$or`. */
export const conditionsMatcher: ConditionsMatcher<Conditions> = buildMongoQueryMatcher(
  { $is: { type: 'field' }, $and: { type: 'compound' }, $or: { type: 'compound' } },
  { is: isOfType, or: isAnyTrue },
);

/** Conditions that no row satisfies: of a rule that is not bound yet, or never holds. */
const neverConditions: Conditions = { '@': { $in: [] } };

/** The rule as CASL conditions over a row of `conditionsRow`. */
export function ruleConditions(rule: BoundRule): Conditions {
  switch (rule.op) {
    case 'eq':
      return { [attributeKey(rule.attribute)]: { $eq: rule.value } };
    case 'in':
      return { [attributeKey(rule.attribute)]: { $in: [...rule.values] } };
    case 'prefix':
      return { [attributeKey(rule.attribute)]: { $regex: `^${escapePattern(rule.value)}` } };
    case 'range':
      return { [attributeKey(rule.attribute)]: rangeConditions(rule) };
    case 'and':
      return { $and: rule.rules.map(ruleConditions) };
    case 'or':
      return { $or: rule.rules.map(ruleConditions) };
    default:
      return neverConditions;
  }
}

/** The row that these conditions read: the rule's attributes alone, without a prototype. Absent ones stay absent. */
export function conditionsRow(
  rule: BoundRule,
  attributes: (coordinate: string) => AttributeValue,
): Record<string, AttributeValue> {
  const row: Record<string, AttributeValue> = Object.create(null);
  for (const attribute of ruleAttributes(rule)) {
    const value = attributes(attribute);
    if (value !== undefined) row[attributeKey(attribute)] = value;
  }
  return row;
}

function rangeConditions({ gte, gt, lte, lt }: Bounds): Record<string, unknown> {
  return {
    $is: typeof (gte ?? gt ?? lte ?? lt),
    ...(gte === undefined ? {} : { $gte: gte }),
    ...(gt === undefined ? {} : { $gt: gt }),
    ...(lte === undefined ? {} : { $lte: lte }),
    ...(lt === undefined ? {} : { $lt: lt }),
  };
}

function isOfType(
  condition: { readonly field: string; readonly value: unknown },
  row: unknown,
  { get }: { get(row: unknown, field: string): unknown },
): boolean {
  const actual = get(row, condition.field);
  return typeof actual === condition.value && !Number.isNaN(actual);
}

function isAnyTrue(
  condition: { readonly value: readonly unknown[] },
  row: unknown,
  { interpret }: { interpret(condition: unknown, row: unknown): boolean },
): boolean {
  return condition.value.some((part) => interpret(part, row));
}

/** Injective, and free of dots. */
function attributeKey(attribute: string): string {
  return `@${attribute.replace(/[%.]/g, (character) => (character === '.' ? '%2E' : '%25'))}`;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
