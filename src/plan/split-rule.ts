import type { FilterOp, Target } from '../connectors/connector.ts';
import type { ColumnField, ColumnMapping, ConnectField, ValueFormat } from '../contract/graph.ts';
import type { RowRule } from '../policies/agreement.ts';
import { mappingFor } from './plan.ts';

/** Where each condition of a row rule is applied. All conditions hold together. */
export interface SplitRule {
  /** By the source itself, on the rows of this very read. */
  readonly pushed: readonly RowRule[];
  /** Before the read, on another record of the same resident (or on this one, where the source cannot apply it). */
  readonly gated: readonly RowRule[];
}

/** `resolve` gives the column field behind an attribute, undefined for an unknown one. */
export function splitRule(
  rule: RowRule | undefined,
  connect: ConnectField,
  resolve: (attribute: string) => ColumnField | undefined,
): SplitRule {
  const pushed: RowRule[] = [];
  const gated: RowRule[] = [];
  for (const conjunct of conjuncts(rule)) {
    (canPush(conjunct, connect, resolve) ? pushed : gated).push(conjunct);
  }
  return { pushed, gated };
}

export function conjuncts(rule: RowRule | undefined): readonly RowRule[] {
  if (!rule) return [];
  return rule.op === 'and' ? rule.rules.flatMap(conjuncts) : [rule];
}

/** One rule that holds where all of them do; undefined for none. */
export function allOf(rules: readonly RowRule[]): RowRule | undefined {
  const distinct = [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
  return distinct.length <= 1 ? distinct[0] : { op: 'and', rules: distinct };
}

function canPush(
  rule: RowRule,
  connect: ConnectField,
  resolve: (attribute: string) => ColumnField | undefined,
): boolean {
  if ('rules' in rule) {
    return (
      connect.connects.every(({ target }) => target.kind === 'sql') &&
      rule.rules.every((part) => canPush(part, connect, resolve))
    );
  }
  const field = resolve(rule.attribute);
  return field?.parentType === connect.typeName && canPushField(rule.op, field, connect);
}

/** Can every source of this record apply `op` on the field itself? */
export function canPushField(op: FilterOp, field: ColumnField, connect: ConnectField): boolean {
  return connect.connects.every(({ source, target }) => {
    const mapping = mappingFor(field, source);
    return mapping !== undefined && isComparable(op, field, mapping) && targetTakes(target, op, mapping);
  });
}

/**
 * Do stored values compare as the values do? Only then may a source compare: codes are equal or not, dates and months stand in
 * the order of their text, while a number, a time or a flag can be written in several ways, and what is computed is not
 * stored at all.
 */
function isComparable(op: FilterOp, field: ColumnField, { codes, format }: ColumnMapping): boolean {
  if (field.derive) return false;
  const isEquality = op === 'eq' || op === 'in';
  if (codes) return isEquality;
  if (format) return datelike.has(format) && op !== 'prefix';
  return field.typeName === 'Int' ? isEquality : !['Float', 'Boolean'].includes(field.typeName);
}

const datelike: ReadonlySet<ValueFormat> = new Set(['yyyyMMdd', 'yyyy-MM-dd', 'yyyyMM', 'yyyy-MM']);

/** A value that is stored as several codes is one of several to the source. */
function targetTakes(target: Target, op: FilterOp, { column, codes }: ColumnMapping): boolean {
  if (target.kind === 'sql') return true;
  const takes = (wanted: FilterOp) =>
    target.filters.some((filter) => filter.column === column && filter.op === wanted);
  if (op !== 'eq') return takes(op);
  const meanings = Object.values(codes ?? {});
  return new Set(meanings).size < meanings.length ? takes('in') : takes('eq') || takes('in');
}
