import type { AccessExplanation, FieldExplanation, YesNoAdvice } from '../generated/graphql.ts';
import type { Plan, PlannedDecision, PlannedDenial } from '../plan/plan.ts';
import { parseListCoordinate } from '../policies/list-operation.ts';
import { explainField } from './explain-field.ts';
import { type ExplainedLevel, type ExplainedList, explainReads } from './explain-reads.ts';
import type { Explaining } from './explaining.ts';
import { birthDateNotice, type NamedBy, namedBy } from './find-notices.ts';
import { sayBoth } from './words.ts';

/** What of a plan one request would use: all of it, or what its variables leave. */
export interface ExplainedPlan {
  readonly plan: Plan;
  readonly decisions: readonly PlannedDecision[];
  readonly denials: readonly PlannedDenial[];
  readonly levels: readonly ExplainedLevel[];
  /** Registers that are listed or counted before anything else. */
  readonly lists: readonly ExplainedList[];
  /** Where the variables say. */
  readonly named?: NamedBy;
  readonly maxResidents: number;
}

/** The plan of an operation in the caller's terms. Pure: it decides nothing and reads nothing but the plan and the caller's agreements. */
export function explainPlan(explaining: Explaining, explained: ExplainedPlan): AccessExplanation {
  const { plan, decisions, denials, levels, lists, maxResidents } = explained;
  const notice = birthDateNotice(explaining.graph, decisions, explained.named ?? namedBy(plan.roots));
  const fields = decisions.map((decided) =>
    explainField(explaining, decided, notice?.coordinates.includes(decided.coordinate) ? [notice] : []),
  );
  const filters = denials.filter(({ code }) => code === 'FILTER_NOT_AVAILABLE');
  const { purpose } = explaining.subject;
  return {
    operationHash: plan.operationHash,
    purpose,
    purposeTitle: explaining.purposes.get(purpose)?.title ?? purpose,
    validUntil: Number.isFinite(plan.validUntil) ? new Date(plan.validUntil).toISOString() : null,
    fields,
    refusedFilters: filters.map((denial) => explainField(explaining, denial)),
    ...explainReads(explaining.graph, levels, lists),
    maxResidents,
    yesNo: adviseYesNo(fields),
    notices: notice ? [notice] : [],
  };
}

/** How many of the departments' fields could be a yes or no. What is not shared at all could not. */
function adviseYesNo(fields: readonly FieldExplanation[]): YesNoAdvice {
  const distinct = new Map<string, FieldExplanation>();
  for (const field of fields)
    if (field.department && !parseListCoordinate(field.field))
      distinct.set(field.field, distinct.get(field.field) ?? field);
  const asked = [...distinct.values()];
  const possible = asked.filter(({ lesser }) => lesser.some(({ kind }) => kind !== 'COARSER'));
  return {
    count: possible.length,
    of: asked.length,
    coordinates: possible.map(({ coordinate }) => coordinate),
    explanation: sayBoth({
      zh: `所选 ${asked.length} 个数据项中，有 ${possible.length} 项可以只要是/否答案。`,
      en: `${possible.length} of your ${asked.length} fields could be a yes/no.`,
    }),
  };
}
