import { Kind, type ValueNode } from 'graphql';
import type { ColumnField, Graph } from '../contract/graph.ts';
import type { AccessNotice } from '../generated/graphql.ts';
import { resolveColumn } from '../plan/draft-steps.ts';
import type { EntityRoot, PlannedDecision } from '../plan/plan.ts';
import { sayBoth, type Words } from './words.ts';

/** How an operation names its residents, as far as can be known before its variables are. */
export type NamedBy = 'CITIZEN_ID' | 'OTHER' | 'UNKNOWN';

const ways: Readonly<Record<Exclude<NamedBy, 'OTHER'> | 'CLEAR', Words>> = {
  CITIZEN_ID: { zh: '以公民身份号码查询', en: 'Residents are named by citizen id' },
  UNKNOWN: { zh: '若以公民身份号码查询', en: 'Where residents are named by citizen id' },
  CLEAR: { zh: '公民身份号码为明文', en: 'The citizen id is given clear' },
};

/**
 * A citizen id (GB 11643) holds the birth date in digits 7 to 14: whoever names residents by it, or reads it clear, gains nothing from a
 * birth date that is masked or denied, and the owner should know that it hides nothing from this caller.
 */
export function birthDateNotice(
  graph: Graph,
  decisions: readonly Pick<PlannedDecision, 'coordinate' | 'decision'>[],
  named: NamedBy,
): AccessNotice | undefined {
  const fieldsOf = (isWanted: (field: ColumnField, shown: 'CLEAR' | 'MASKED' | 'DENIED') => boolean) =>
    decisions.filter(({ coordinate, decision }) => {
      const field = resolveColumn(graph, coordinate);
      return field !== undefined && isWanted(field, shownBy(decision));
    });
  const hidden = fieldsOf((field, shown) => isBirthDate(graph, field) && shown !== 'CLEAR');
  const clear = fieldsOf((field, shown) => isCitizenId(field) && shown === 'CLEAR');
  const how = clear.length > 0 && named !== 'CITIZEN_ID' ? 'CLEAR' : named;
  if (hidden.length === 0 || how === 'OTHER') return undefined;
  const { zh, en } = ways[how];
  return {
    code: 'CITIZEN_ID_TELLS_BIRTH_DATE',
    explanation: sayBoth({
      zh: `${zh}：号码第 7 至 14 位就是出生日期，对出生日期脱敏或不提供，在此不起作用。`,
      en: `${en}, whose digits 7 to 14 are the birth date: to mask or deny the birth date hides nothing here.`,
    }),
    coordinates: hidden.map(({ coordinate }) => coordinate),
  };
}

function shownBy(decision: PlannedDecision['decision']): 'CLEAR' | 'MASKED' | 'DENIED' {
  if (decision.effect === 'DENY') return 'DENIED';
  return 'mask' in decision && decision.mask !== undefined ? 'MASKED' : 'CLEAR';
}

/** The resident's own, not that of a spouse. */
function isCitizenId({ element, name }: ColumnField): boolean {
  return element === 'Resident.citizenId' || name === 'citizenId';
}

/** The authority's, or one that stands for the person's own record in another department. */
function isBirthDate(
  { fields }: Graph,
  { element, typeName, parentType, columns, derive }: ColumnField,
): boolean {
  if (typeName !== 'Date' || derive) return false;
  if (element === 'Resident.birthDate') return true;
  return [...fields.values()].some(
    (other) =>
      other.kind === 'column' &&
      other.parentType === parentType &&
      (other.derive === 'AGE' || other.derive === 'IS_MINOR') &&
      Object.entries(other.columns).some(([source, { column }]) => columns[source]?.column === column),
  );
}

/** By the root's argument as written. */
export function namedBy(roots: readonly EntityRoot[]): NamedBy {
  const ways = new Set(
    roots
      .filter(({ entity }) => entity === 'Resident')
      .flatMap((root) => [...root.arguments.values()].flatMap(namedByValue)),
  );
  return ways.has('CITIZEN_ID') ? 'CITIZEN_ID' : ways.has('UNKNOWN') ? 'UNKNOWN' : 'OTHER';
}

function namedByValue(value: ValueNode): readonly NamedBy[] {
  if (value.kind === Kind.LIST) return value.values.flatMap(namedByValue);
  if (value.kind !== Kind.OBJECT) return ['UNKNOWN'];
  const type = value.fields.find(({ name }) => name.value === 'type')?.value;
  // The default of an identifier's type.
  if (!type) return ['CITIZEN_ID'];
  if (type.kind !== Kind.ENUM) return ['UNKNOWN'];
  return [type.value === 'CITIZEN_ID' ? 'CITIZEN_ID' : 'OTHER'];
}
