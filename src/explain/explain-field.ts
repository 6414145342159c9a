import type { Coordinate, Graph, SharedField } from '../contract/graph.ts';
import type {
  AccessNotice,
  AgreementTerms,
  FieldExplanation,
  MaskExplanation,
} from '../generated/graphql.ts';
import { claimantOf } from '../plan/entity-root.ts';
import type { Agreement } from '../policies/agreement.ts';
import type { Decision } from '../policies/decision.ts';
import { rolesOfHubField } from '../policies/hub-fields.ts';
import { parseListCoordinate } from '../policies/list-operation.ts';
import { isSharedField } from '../policies/shared-field.ts';
import { parseVerifyCoordinate } from '../policies/verify-coordinate.ts';
import { describeDecision, describeVerification } from './describe-decision.ts';
import { describeMask } from './describe-mask.ts';
import { describeRule } from './describe-rule.ts';
import { agreementsOfRule, type Explaining } from './explaining.ts';
import { findLesserAnswers } from './find-lesser-answers.ts';
import { apply, findRemedies } from './find-remedies.ts';
import { departmentTitle, sayBoth, titleOf } from './words.ts';

export interface DecidedField {
  /** As selected. */
  readonly coordinate: Coordinate;
  readonly decision: Decision;
}

/** One decision in the caller's terms. It decides nothing itself. */
export function explainField(
  explaining: Explaining,
  { coordinate, decision }: DecidedField,
  notices: readonly AccessNotice[] = [],
): FieldExplanation {
  const { graph } = explaining;
  const field = claimantOf(graph, coordinate);
  const department = departmentOf(graph, coordinate);
  return {
    coordinate,
    field: field?.coordinate ?? coordinate,
    title: titleOf(graph, coordinate),
    department: department ?? null,
    departmentTitle: department === undefined ? null : departmentTitle(graph, department),
    effect: decision.effect,
    rule: decision.rule,
    reason: decision.effect === 'DENY' ? decision.reason : null,
    ...explainDenial(explaining, { coordinate, decision }),
    condition: decision.effect === 'PERMIT_IF' ? sayBoth(describeRule(graph, decision.when)) : null,
    mask: explainMask(decision),
    agreements: agreementsOfRule(explaining, decision.rule).map((agreement) => tellTerms(graph, agreement)),
    lesser:
      field?.kind === 'column'
        ? [...findLesserAnswers(explaining, field, { isElement: field.coordinate !== coordinate })]
        : [],
    notices: [...notices],
  };
}

/** What would open a field that is not given, or its verification, in the words of `explainField`: for the error beside the answer. */
export function explainDenial(
  explaining: Explaining,
  { coordinate, decision }: DecidedField,
): Pick<FieldExplanation, 'explanation' | 'remedies' | 'howToApply'> {
  const verified = parseVerifyCoordinate(coordinate);
  const field = claimantOf(explaining.graph, verified ?? coordinate);
  const shared = field && isSharedField(field) ? field : undefined;
  const isVerification = verified !== undefined;
  const describe = isVerification ? describeVerification : describeDecision;
  return {
    explanation: sayBoth(describe(explaining.graph, decision)),
    remedies: shared
      ? [...findRemedies(explaining, shared, { decision, isVerification })]
      : [...remediesOf(explaining, coordinate, decision)],
    howToApply:
      howToApply(explaining.graph, shared, decision) ?? applyForList(explaining.graph, coordinate, decision),
  };
}

/** Of a field, or of the register that is searched or counted (`Resident.police#search`). */
function departmentOf(graph: Graph, coordinate: string): string | undefined {
  return claimantOf(graph, coordinate.split('#', 1)[0] ?? coordinate)?.department;
}

function applyForList(graph: Graph, coordinate: string, { effect }: Decision): string | null {
  const department = parseListCoordinate(coordinate) && departmentOf(graph, coordinate);
  return department !== undefined && effect === 'DENY' ? sayApplication(graph, department) : null;
}

function explainMask(decision: Decision): MaskExplanation | null {
  const mask = 'mask' in decision ? decision.mask : undefined;
  if (mask === undefined) return null;
  const words = describeMask(mask);
  return { mask, shows: sayBoth(words), example: words.example };
}

/** Not its other clients: who else shares an agreement is not this caller's to know. */
function tellTerms(graph: Graph, agreement: Agreement): AgreementTerms {
  const { id, version, title, provider, purpose, legalBasis, scene, quota, pageSize } = agreement;
  return {
    ...{ id, version, title, provider, purpose, legalBasis, pageSize },
    providerTitle: departmentTitle(graph, provider),
    scene: scene ?? null,
    validFrom: agreement.validFrom,
    validUntil: agreement.validUntil,
    requestsPerDay: quota?.requestsPerDay ?? null,
  };
}

/** Of what no department shares field by field: registers, the hub's own fields. */
function remediesOf(
  explaining: Explaining,
  coordinate: Coordinate,
  decision: Decision,
): FieldExplanation['remedies'] {
  if (decision.effect !== 'DENY') return [];
  const department = departmentOf(explaining.graph, coordinate);
  if (department !== undefined) return [apply(explaining, department)];
  const roles = rolesOfHubField(coordinate).join(', ');
  if (roles === '') return [];
  const explanation = sayBoth({ zh: `须有角色：${roles}。`, en: `It is open by role: ${roles}.` });
  return [{ code: 'ROLE_NEEDED', explanation, agreement: null }];
}

function howToApply(graph: Graph, field: SharedField | undefined, decision: Decision): string | null {
  if (!field || decision.effect === 'PERMIT' || field.share?.as === 'NON_SHARED') return null;
  return sayApplication(graph, field.department);
}

function sayApplication(graph: Graph, department: string): string {
  const title = departmentTitle(graph, department);
  return sayBoth({
    zh: `由使用部门向${title}申请，说明依据、场景、使用范围、方式和期限；数源部门应在 10 个工作日内答复。`,
    en: `The using department applies to ${department}: basis, scene, scope, manner, term. An answer is due within 10 working days.`,
  });
}
