import type { Graph } from '../contract/graph.ts';
import type { RowRule, RuleValue } from '../policies/agreement.ts';
import { titleOf, type Words } from './words.ts';

/** A row rule as a clause that completes "where …" (仅当…). It holds constants of the agreement, never a value of a resident. */
export function describeRule(graph: Graph, rule: RowRule): Words {
  switch (rule.op) {
    case 'eq':
      return compare(graph, rule.attribute, '为', 'is', describeValue(rule.value));
    case 'in':
      return compare(
        graph,
        rule.attribute,
        '属于',
        'is one of',
        join(rule.values.map(describeValue), '、', ', '),
      );
    case 'prefix':
      return compare(graph, rule.attribute, '开头为', 'begins with', describeValue(rule.value));
    case 'range':
      return describeRange(graph, rule);
    case 'and':
      return join(
        rule.rules.map((part) => nested(graph, part)),
        '，且',
        ' and ',
      );
    case 'or':
      return join(
        rule.rules.map((part) => nested(graph, part)),
        '，或',
        ' or ',
      );
    default:
      // A rule of an unknown form holds for nobody.
      return { zh: '无人符合', en: 'nobody matches' };
  }
}

function nested(graph: Graph, rule: RowRule): Words {
  const { zh, en } = describeRule(graph, rule);
  return 'rules' in rule ? { zh: `（${zh}）`, en: `(${en})` } : { zh, en };
}

function compare(graph: Graph, attribute: string, zh: string, en: string, value: Words): Words {
  return { zh: `${titleOf(graph, attribute)}${zh}${value.zh}`, en: `${attribute} ${en} ${value.en}` };
}

const bounds = [
  ['gte', '不小于', '不早于', 'at least', 'on or after'],
  ['gt', '大于', '晚于', 'more than', 'after'],
  ['lte', '不大于', '不晚于', 'at most', 'on or before'],
  ['lt', '小于', '早于', 'less than', 'before'],
] as const;

function describeRange(graph: Graph, rule: Extract<RowRule, { op: 'range' }>): Words {
  const parts = bounds.flatMap(([name, zh, zhDate, en, enDate]) => {
    const value = rule[name];
    if (value === undefined) return [];
    const isTime = typeof value !== 'number';
    return [
      compare(
        graph,
        rule.attribute,
        isTime ? zhDate : zh,
        `is ${isTime ? enDate : en}`,
        describeValue(value),
      ),
    ];
  });
  return join(parts, '，且', ' and ');
}

const subjectWords: Readonly<Record<string, Words>> = {
  region: { zh: '令牌中的辖区', en: "the token's region" },
  department: { zh: '使用部门', en: "the caller's department" },
  case: { zh: '本次办件编号', en: "the request's case reference" },
};

function describeValue(value: RuleValue): Words {
  if (typeof value !== 'object') return { zh: String(value), en: String(value) };
  if ('yearsAgo' in value) {
    return { zh: ` ${value.yearsAgo} 年前的今天`, en: `this day ${value.yearsAgo} years ago` };
  }
  return subjectWords[value.subject] ?? { zh: '无法取得的值', en: 'a value that is never there' };
}

function join(parts: readonly Words[], zh: string, en: string): Words {
  return { zh: parts.map((part) => part.zh).join(zh), en: parts.map((part) => part.en).join(en) };
}
