import type { Graph } from '../contract/graph.ts';
import type { Decision } from '../policies/decision.ts';
import { describeMask } from './describe-mask.ts';
import { describeRule } from './describe-rule.ts';
import type { Words } from './words.ts';

const refusals: Readonly<Record<Extract<Decision, { effect: 'DENY' }>['reason'], Words>> = {
  NO_AGREEMENT: {
    zh: '没有协议把它用于此目的、提供给本应用。',
    en: 'No agreement grants it to this client for this purpose.',
  },
  NOT_SHARED: { zh: '数源部门不共享。', en: 'The owning department does not share it.' },
  VERIFY_ONLY: { zh: '协议只允许核验，不允许读取。', en: 'The agreement allows verification, not reading.' },
  QUOTA_EXCEEDED: {
    zh: '协议的当日配额已用完，次日零时恢复。',
    en: "The agreement's quota of the day is used up; it begins anew at midnight (China Standard Time).",
  },
  UNSUPPORTED_SCOPE: {
    zh: '协议的数据范围无法在数源侧执行。',
    en: 'The row scope of the agreement cannot be applied at the source.',
  },
};

/** The decision in a sentence. */
export function describeDecision(graph: Graph, decision: Decision): Words {
  switch (decision.effect) {
    case 'PERMIT':
      return { zh: '明文提供。', en: 'Given clear.' };
    case 'MASK': {
      const { zh, en } = describeMask(decision.mask);
      return { zh: `脱敏提供：${zh}。`, en: `Given masked (${decision.mask}): ${en}.` };
    }
    case 'PERMIT_IF':
      return describeCondition(graph, decision);
    default:
      return refusals[decision.reason];
  }
}

/** The same of a value that the caller holds and wants compared. */
export function describeVerification(graph: Graph, decision: Decision): Words {
  if (decision.effect === 'PERMIT') {
    return { zh: '可以核验：只答是否一致。', en: 'May be verified: match or no match.' };
  }
  if (decision.effect !== 'PERMIT_IF') return describeDecision(graph, decision);
  const rule = describeRule(graph, decision.when);
  return {
    zh: `仅当${rule.zh}时可以核验；其他人一律答为不一致。`,
    en: `May be verified where ${rule.en}; anybody else answers as a wrong value.`,
  };
}

function describeCondition(graph: Graph, decision: Extract<Decision, { effect: 'PERMIT_IF' }>): Words {
  const rule = describeRule(graph, decision.when);
  const mask = decision.mask === undefined ? undefined : describeMask(decision.mask);
  return {
    zh: `仅当${rule.zh}时${mask ? `脱敏提供：${mask.zh}` : '明文提供'}；其他人一律答为无记录。`,
    en:
      `Given ${mask ? `masked (${decision.mask}: ${mask.en})` : 'clear'} where ${rule.en}; ` +
      'anybody else answers like a person without a record.',
  };
}
