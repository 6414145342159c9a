const maxMessageLength = 300;
const maxNameLength = 64;
const longName = /\w{65,}/g;

/**
 * Messages name fields, variables and fragments as the caller wrote them. Programs have put identity numbers into names, so
 * whatever looks like one is left out; and a name may be as long as the document.
 */
export function withoutNumbers(message: string): string {
  return message
    .replace(/\d{6,}[Xx]?/g, '…')
    .replace(longName, (name) => `${name.slice(0, maxNameLength)}…`)
    .slice(0, maxMessageLength);
}

/** What graphql says of a document or an input, in both languages. The messages must hold no values: names alone. */
export function sayProblem(message: string): { readonly zh: string; readonly en: string } {
  for (const [pattern, zh] of sentences) {
    const found = pattern.exec(message);
    if (found) return { zh: withoutNumbers(fill(zh, found)), en: withoutNumbers(message) };
  }
  return { zh: '语句不符合 GraphQL 规范。', en: withoutNumbers(message) };
}

function fill(template: string, found: RegExpExecArray): string {
  return template.replace(/\{(\d)\}/g, (_, index) => found[Number(index)] ?? '');
}

/** The beginnings of graphql's messages, and what they say in Chinese. */
const sentences: readonly (readonly [pattern: RegExp, zh: string])[] = [
  [/^Cannot query field "(\w+)" on type "(\w+)"/, '类型“{2}”没有字段“{1}”。'],
  [/^Unknown argument "(\w+)" on field "([\w.]+)"/, '字段“{2}”没有参数“{1}”。'],
  [
    /^Field "(\w+)" argument "(\w+)" of type "([^"]+)" is required/,
    '字段“{1}”缺少必填参数“{2}”（类型 {3}）。',
  ],
  [/^Field "(\w+)" of type "([^"]+)" must have a selection/, '字段“{1}”（类型 {2}）须再选择其下的字段。'],
  [/^Field "(\w+)" must not have a selection since type "([^"]+)"/, '字段“{1}”（类型 {2}）没有下级字段。'],
  [/^Field "(\w+)" is not defined by type "(\w+)"/, '类型“{2}”没有成员“{1}”。'],
  [/^Field "([\w.]+)" of required type "([^"]+)" was not provided/, '缺少必填成员“{1}”（类型 {2}）。'],
  [/^The literal does not fit (\S+)\.$/, '字面值不符合类型 {1}。'],
  [/^Variable "(\$\w+)" is not defined/, '变量“{1}”未声明。'],
  [/^Variable "(\$\w+)" is never used/, '变量“{1}”声明后未使用。'],
  [
    /^Variable "(\$\w+)" of type "([^"]+)" used in position expecting type "([^"]+)"/,
    '变量“{1}”的类型 {2} 与此处要求的类型 {3} 不符。',
  ],
  [/^Unknown type "(\w+)"/, '没有类型“{1}”。'],
  [/^Unknown fragment "(\w+)"/, '没有片段“{1}”。'],
  [/^Fragment "(\w+)" is never used/, '片段“{1}”未被使用。'],
  [/^Unknown directive "(@\w+)"/, '没有指令“{1}”。'],
  [/^Fields "(\w+)" conflict/, '同名字段“{1}”所取内容不同，请用别名区分。'],
];
