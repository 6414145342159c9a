import { errorTable } from '../errors.ts';

const text = { type: 'string' } as const;
const number = { type: 'integer' } as const;
const words = (description: string) => ({ ...text, description });
const listOf = <Item>(items: Item) => ({ type: 'array', items }) as const;

const remedy = { type: 'object', properties: { code: text, explanation: text } } as const;

const place = { type: 'object', properties: { line: number, column: number } } as const;

const problem = {
  type: 'object',
  properties: {
    message: text,
    messageZh: text,
    locations: listOf(place),
    suggestion: words('可能要写的名称 a name that was probably meant'),
  },
} as const;

/** An error of the hub, as JSON Schema. A test holds the members of its `extensions` equal to docs/errors.md. */
export const errorSchema = {
  type: 'object',
  properties: {
    message: words('中文在前 Chinese first, then English'),
    locations: listOf(place),
    extensions: {
      type: 'object',
      properties: {
        code: { type: 'string', enum: Object.keys(errorTable) },
        retryable: { type: 'boolean', description: '原样重发是否可能成功' },
        coordinate: words('字段 such as `PoliceRecord.name`'),
        responsePath: words('在应答中的位置 such as `residents.*.police.name`'),
        responsePaths: listOf(text),
        count: { ...number, description: '涉及人数 residents concerned' },
        positions: { ...listOf(number), description: '在输入列表中的位置 positions in the input list' },
        rule: words('所依据的规则 which rule decided'),
        reason: words('拒绝原因 why it is denied'),
        explanation: text,
        remedies: listOf(remedy),
        howToApply: words('如何申请 how to apply'),
        department: words('无法应答的部门 which could not answer'),
        problems: listOf(problem),
        limit: words('超出的限制 which limit'),
        allowed: { type: ['integer', 'string'], description: '上限，或允许的请求方法 a bound, or a method' },
        max: number,
        maxYears: number,
        argument: text,
        member: text,
        retryAfterSeconds: number,
        requestId: words('请提供给运维 for the operator'),
      },
      required: ['code'],
    },
  },
  required: ['message', 'extensions'],
} as const;

const source = {
  type: 'object',
  properties: {
    department: text,
    source: text,
    entity: text,
    outcome: words('OK, or an error code'),
    readAt: { type: 'string', format: 'date-time' },
  },
} as const;

/** `extensions` of the whole answer, as JSON Schema; held equal to docs/errors.md too. */
export const answerExtensionsSchema = {
  type: 'object',
  properties: {
    sandbox: { type: 'boolean', description: '居民为虚构 the residents are synthetic' },
    requestId: { type: 'string', format: 'uuid' },
    sources: { ...listOf(source), description: '数据来源 departments that answered' },
    masked: { ...listOf(text), description: '已脱敏的字段 masked fields' },
    truncated: listOf(text),
    receipt: { type: 'object', description: '访问回执 proof of the record of this access' },
  },
} as const;
