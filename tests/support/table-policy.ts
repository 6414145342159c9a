import type { Graph } from '../../src/contract/graph.ts';
import type { RowRule } from '../../src/policies/agreement.ts';
import type { Decision, FieldPolicy, SubjectClass } from '../../src/policies/decision.ts';

export type DecisionTable = Readonly<Record<string, Decision>>;

export const permit: Decision = { effect: 'PERMIT', rule: 'test#permit' };
export const deny: Decision = { effect: 'DENY', rule: 'default-deny', reason: 'NO_AGREEMENT' };

export function masked(mask: string): Decision {
  return { effect: 'MASK', mask, rule: 'test#mask' };
}

export function permitIf(when: RowRule, mask?: string): Decision {
  return { effect: 'PERMIT_IF', when, rule: 'test#scope', ...(mask === undefined ? {} : { mask }) };
}

/** The rule of the tests: the resident's registered division lies in the caller's region. */
export const inRegion: RowRule = {
  op: 'prefix',
  attribute: 'Resident.divisionCode',
  value: { subject: 'region' },
};

export interface TablePolicyOptions {
  readonly fingerprint?: string;
  readonly validUntil?: number;
  readonly pageSize?: number;
}

/** A policy that says what the table says, and denies the rest. */
export function createTablePolicy(table: DecisionTable, options: TablePolicyOptions = {}): FieldPolicy {
  return {
    fingerprint: options.fingerprint ?? JSON.stringify(table),
    decide: (_subject: SubjectClass, coordinate) =>
      Object.hasOwn(table, coordinate) ? (table[coordinate] ?? deny) : deny,
    validUntil: () => options.validUntil ?? Number.POSITIVE_INFINITY,
    pageSize: () => options.pageSize ?? 1000,
  };
}

/** Every field of every department, except as the table says. */
export function permitAllBut(graph: Graph, table: DecisionTable): DecisionTable {
  const columns = [...graph.fields.values()].filter(
    ({ kind }) => kind === 'column' || kind === 'relation' || kind === 'tally',
  );
  return { ...Object.fromEntries(columns.map(({ coordinate }) => [coordinate, permit])), ...table };
}
