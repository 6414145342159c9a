import type { SharedField } from '../contract/graph.ts';
import type { Remedy, RemedyCode } from '../generated/graphql.ts';
import type { Agreement, Grant, RowRule } from '../policies/agreement.ts';
import { chinaDate, parseInstant } from '../policies/calendar.ts';
import type { Decision } from '../policies/decision.ts';
import { agreementsOfRule, type Explaining, ownAgreements } from './explaining.ts';
import { departmentTitle, sayBoth } from './words.ts';

export interface DecidedUse {
  readonly decision: Decision;
  /** The value is not read: one that the caller holds is compared with it. */
  readonly isVerification: boolean;
}

/** What would change the decision on a department's field, as far as it is the caller's to know. None where everything is given. */
export function findRemedies(
  explaining: Explaining,
  field: SharedField,
  { decision, isVerification }: DecidedUse,
): readonly Remedy[] {
  if (decision.effect === 'PERMIT') return [];
  if (!field.share || field.share.as === 'NON_SHARED') return [notShared(explaining, field)];
  const found = [
    ...ofReason(explaining, decision),
    ...ofToken(explaining, decision),
    ...ownAgreements(explaining).flatMap((agreement) =>
      givesMore(agreement, field, { decision, isVerification }) ? obstacles(explaining, agreement) : [],
    ),
  ];
  return found.length === 0 && decision.effect === 'DENY' ? [apply(explaining, field.department)] : found;
}

/** For what only an agreement with the owner could open. */
export function apply({ graph, subject }: Explaining, department: string): Remedy {
  const title = departmentTitle(graph, department);
  return remedy('APPLY', {
    zh: `目前没有任何协议（含其他目的）向本应用提供它，请就目的 ${subject.purpose} 向${title}申请。`,
    en: `No agreement of this client grants it for any purpose: apply to ${department} for ${subject.purpose}.`,
  });
}

function remedy(code: RemedyCode, words: { zh: string; en: string }, agreement?: string): Remedy {
  return { code, explanation: sayBoth(words), agreement: agreement ?? null };
}

function notShared({ graph }: Explaining, { share, department }: SharedField): Remedy {
  const title = departmentTitle(graph, department);
  if (!share) {
    return remedy('NOT_SHARED_YET', {
      zh: `${title}的目录尚未共享该数据项，可向其提出共享需求。`,
      en: `The catalogue of ${department} does not share this field yet; the need for it can be put to them.`,
    });
  }
  const basis = share.basis ?? '—';
  return remedy('NOT_SHARED_BY_LAW', {
    zh: `依法不予共享，任何协议都不能改变。依据：${basis}。`,
    en: `Not shared by law, which no agreement can change. Basis: ${basis}.`,
  });
}

/** Why agreements in force give nothing at present. */
function ofReason(explaining: Explaining, decision: Decision): readonly Remedy[] {
  if (decision.effect !== 'DENY') return [];
  const words = reasons[decision.reason];
  if (!words) return [];
  const [agreement] = agreementsOfRule(explaining, decision.rule);
  return [remedy(words.code, words, agreement?.id)];
}

const reasons: Readonly<Record<string, { code: RemedyCode; zh: string; en: string }>> = {
  QUOTA_EXCEEDED: {
    code: 'QUOTA_EXCEEDED',
    zh: '当日配额次日零时（北京时间）恢复；长期不够可与数源部门变更协议。',
    en: 'The quota begins anew at midnight (China Standard Time); where it never suffices, have the agreement changed.',
  },
  VERIFY_ONLY: {
    code: 'VERIFY_ONLY',
    zh: '协议只允许核验：已持有该值的，用 verifyResident 核验。如确需读取，请与数源部门变更协议。',
    en: 'The agreement allows verification alone: where you hold the value, ask verifyResident; where reading is needed, have it changed.',
  },
  UNSUPPORTED_SCOPE: {
    code: 'UNSUPPORTED_SCOPE',
    zh: '请与数源部门修改协议的数据范围。',
    en: 'Have the row scope of the agreement changed.',
  },
};

/** A rule on rows that nothing in the token or the request can satisfy. */
function ofToken({ caller }: Explaining, decision: Decision): readonly Remedy[] {
  if (decision.effect !== 'PERMIT_IF') return [];
  const terms = new Set(subjectTerms(decision.when));
  const remedies: Remedy[] = [];
  if (terms.has('region') && !caller.subject.region) {
    remedies.push(
      remedy('REGION_NEEDED', {
        zh: '令牌没有辖区，因此不会提供任何人的数据。',
        en: "The token names no region, so nobody's data is given.",
      }),
    );
  }
  if (terms.has('case') && !caller.caseReference) {
    remedies.push(
      remedy('CASE_NEEDED', {
        zh: '请求没有办件编号（Shuqiao-Case），因此不会提供任何人的数据。',
        en: "The request names no case (Shuqiao-Case), so nobody's data is given.",
      }),
    );
  }
  return remedies;
}

function subjectTerms(rule: RowRule): readonly string[] {
  if ('rules' in rule) return rule.rules.flatMap(subjectTerms);
  const terms =
    'values' in rule ? rule.values : 'value' in rule ? [rule.value] : [rule.gte, rule.gt, rule.lte, rule.lt];
  return terms.flatMap((term) => (typeof term === 'object' && 'subject' in term ? [term.subject] : []));
}

type Ranks = Readonly<Record<Grant['operation'], number>>;

/** What is granted on registers says nothing of a field. */
const ranksOfReading: Ranks = { search: 0, count: 0, verify: 0, readMasked: 1, read: 2 };
const ranksOfVerifying: Ranks = { search: 0, count: 0, verify: 1, readMasked: 0, read: 1 };

function givesMore(
  { grants, provider }: Agreement,
  field: SharedField,
  { decision, isVerification }: DecidedUse,
): boolean {
  const ranks = isVerification ? ranksOfVerifying : ranksOfReading;
  const current = decision.effect === 'DENY' ? 0 : 1;
  return (
    provider === field.department &&
    grants.some((grant) => grant.fields.includes(field.coordinate) && ranks[grant.operation] > current)
  );
}

/** What keeps an agreement of this client from counting for this request. */
function obstacles(explaining: Explaining, agreement: Agreement): readonly Remedy[] {
  const { id, status } = agreement;
  if (status === 'REVOKED') {
    return [
      remedy('AGREEMENT_REVOKED', { zh: `协议 ${id} 已撤销。`, en: `Agreement ${id} is revoked.` }, id),
    ];
  }
  return [
    ...(status === 'SUSPENDED'
      ? [
          remedy(
            'AGREEMENT_SUSPENDED',
            { zh: `协议 ${id} 已中止。`, en: `Agreement ${id} is suspended.` },
            id,
          ),
        ]
      : []),
    ...ofValidity(explaining, agreement),
    ...ofPurpose(explaining, agreement),
    ...ofConsumer(explaining, agreement),
  ];
}

function ofValidity({ now }: Explaining, { id, validFrom, validUntil }: Agreement): readonly Remedy[] {
  if (parseInstant(validUntil) <= now) {
    const day = chinaDate(new Date(validUntil));
    const words = { zh: `协议 ${id} 已于 ${day} 到期。`, en: `Agreement ${id} expired on ${day}.` };
    return [remedy('AGREEMENT_EXPIRED', words, id)];
  }
  if (parseInstant(validFrom) > now) {
    const day = chinaDate(new Date(validFrom));
    const words = { zh: `协议 ${id} 自 ${day} 起生效。`, en: `Agreement ${id} is valid from ${day}.` };
    return [remedy('AGREEMENT_NOT_YET_VALID', words, id)];
  }
  return [];
}

function ofPurpose({ subject, caller, purposes }: Explaining, { id, purpose }: Agreement): readonly Remedy[] {
  if (purpose === subject.purpose) return [];
  const known = purposes.get(purpose);
  const title = known?.title ?? purpose;
  if (!caller.subject.purposes.includes(purpose)) {
    const words = {
      zh: `协议 ${id} 只用于目的 ${purpose}（${title}），而令牌不含此目的。`,
      en: `Agreement ${id} is for the purpose ${purpose}, which the token does not hold.`,
    };
    return [remedy('PURPOSE_NOT_IN_TOKEN', words, id)];
  }
  const needsCase = known?.caseRequired === true;
  const words = {
    zh: `协议 ${id} 用于目的 ${purpose}（${title}）：办理事项确属该目的时，请以该目的请求${needsCase ? '，并填写办件编号' : ''}。`,
    en: `Agreement ${id} is for ${purpose}: where that is what you do, ask for that purpose${needsCase ? ', with a case reference' : ''}.`,
  };
  return [remedy('OTHER_PURPOSE', words, id)];
}

function ofConsumer({ subject }: Explaining, { id, consumer }: Agreement): readonly Remedy[] {
  const { roles, officerRequired } = consumer;
  const remedies: Remedy[] = [];
  if (roles && !roles.some((role) => subject.roles.includes(role))) {
    const names = roles.join(', ');
    const words = { zh: `协议 ${id} 要求角色：${names}。`, en: `Agreement ${id} asks for a role: ${names}.` };
    remedies.push(remedy('ROLE_NEEDED', words, id));
  }
  if (officerRequired && !subject.hasOfficer) {
    const words = {
      zh: `协议 ${id} 要求令牌具名经办人。`,
      en: `Agreement ${id} asks for an officer named by the token.`,
    };
    remedies.push(remedy('OFFICER_NEEDED', words, id));
  }
  return remedies;
}
