/** One problem of one file of agreements. All problems of all files are reported at once. */
export interface DocumentProblem {
  readonly file: string;
  /** JSON path: `$[0].grants[1].fields[2]`. */
  readonly path: string;
  readonly rule: ProblemRule;
  readonly zh: string;
  readonly en: string;
}

/** Rule → what is said of it. `%` stands for the name in question, where it is short and plain enough to repeat. */
const texts = {
  'file-too-large': ['文件超过大小上限 1 MiB。', 'The file is larger than 1 MiB.'],
  'too-many-documents': [
    '一次导入的协议、目的和应用不得超过 % 份，请分批导入。',
    'One import holds at most % documents: split it.',
  ],
  'not-json': [
    '不是有效的 JSON 文本，错误位置（行:列）%。',
    'This is not JSON; the error is at line:column %.',
  ],
  'too-deep': ['嵌套层数过多。', 'This is nested too deeply.'],
  'duplicate-member': ['成员“%”出现了两次。', 'The member "%" is given twice.'],
  'not-an-object': ['应为 JSON 对象。', 'An object is expected.'],
  'not-a-list': ['应为列表。', 'A list is expected.'],
  'list-length': ['列表长度应为 %。', 'The list must have % members.'],
  'unknown-kind': [
    'kind 应为 agreement、purpose、client 或 operation。',
    'The member "kind" must be agreement, purpose, client or operation.',
  ],
  'missing-member': ['缺少成员“%”。', 'The member "%" is missing.'],
  'unknown-member': ['不认识的成员“%”，请检查拼写。', 'The member "%" is unknown. Is it misspelt?'],
  'not-text': ['应为非空文本，且长度不超过 %。', 'A text is expected, not empty and at most % long.'],
  malformed: ['格式不正确，应为%。', 'The form is wrong: % is expected.'],
  'not-one-of': ['应为下列之一：%。', 'This must be one of: %.'],
  'not-a-flag': ['应为 true 或 false。', 'This must be true or false.'],
  'number-range': ['应为 % 之间的整数。', 'A whole number from % is expected.'],
  'duplicate-value': ['“%”重复出现。', '"%" is listed twice.'],
  'duplicate-id': [
    '标识“%”已被另一份文件或条目使用。',
    'The id "%" is used by another document of this import.',
  ],
  'revoked-id': [
    '协议“%”已撤销，须以新的编号另行签订。',
    'The agreement "%" was revoked: it needs a new id.',
  ],
  'validity-empty': ['失效时间必须晚于生效时间。', 'The agreement ends before it begins.'],
  'unknown-department': ['没有登记该部门的数据目录：%。', 'No department "%" has a contract file here.'],
  'unknown-purpose': ['没有登记该使用目的：%。', 'There is no purpose "%".'],
  'unknown-client': ['没有登记该应用：%。', 'There is no client "%".'],
  'department-mismatch': [
    '应用“%”登记在另一个部门名下，与协议的使用部门不一致。',
    'The client "%" is registered for another department than the consumer.',
  ],
  wildcard: [
    '不接受通配符，请逐一列出字段。',
    'Wildcards are not accepted: name each field, so that a new field is never granted unseen.',
  ],
  'unknown-field': ['没有这个字段：%。', 'There is no field %.'],
  'element-not-field': [
    '这是汇总要素，请改写数源部门的字段：%。',
    'This is a shared element: grant the field of the department that is its authority, %.',
  ],
  'not-a-leaf': [
    '这是一组字段，请逐一列出其中的字段：%。',
    'This is a record or a list: name the fields in it. %',
  ],
  'foreign-field': [
    '字段属于另一个部门，提供方无权授予：%。',
    'The provider does not own this field and cannot grant it: %.',
  ],
  'not-shared': ['该字段未标注共享属性，不能授予：%。', 'The owner has not shared this field: %.'],
  'non-shared': [
    '该字段为不予共享，任何协议都不能授予：%。',
    'The field is NON_SHARED; no agreement can grant it: %.',
  ],
  'not-a-register': [
    'search 和 count 只能授予标注了 @register 的登记簿：%。',
    'Only a record that is a @register can be searched and counted: %.',
  ],
  'scope-not-of-register': [
    '登记簿只能按其自身的字段限定数据范围，否则数源无法在列出时执行：%。',
    'The scope of a register uses its own fields alone, or its source could not apply it to a list: %.',
  ],
  'field-twice-unlike': [
    '同一协议以不同方式（明文与脱敏，或不同脱敏方式）重复授予该字段：%。平台一律从严，请只保留一种。',
    'One agreement grants this field clear and masked, or under two masks: %. The strictest would govern; keep one.',
  ],
  'mask-unused': ['只有 readMasked 才能指定脱敏方式。', 'Only readMasked takes a mask.'],
  'mask-unknown': ['没有这种脱敏方式：%。', 'There is no mask "%".'],
  'mask-missing': [
    '字段没有默认脱敏方式，请在授权中指定：%。',
    'The field has no mask of its own, and the grant names none: %.',
  ],
  'mask-unfit': ['脱敏方式不适用于该字段的类型：%。', 'The mask does not fit the type of this field: %.'],
  'rule-too-large': ['行规则嵌套过深或条件过多。', 'The row rule is too deep or has too many terms.'],
  'attribute-unknown': ['行规则引用了不存在的字段：%。', 'The row rule uses a field that does not exist: %.'],
  'attribute-not-shared': [
    '行规则不能依据未共享的字段：%。',
    'The row rule uses a field that is not shared: its answer would give it away. %',
  ],
  'attribute-not-filterable': [
    '该字段未标注 @filterable，不能用于行规则：%。',
    'The row rule uses a field that is not @filterable: %.',
  ],
  'attribute-not-gate': [
    '该字段属于另一个部门，且该部门未允许用于行规则（gate）：%。',
    'The row rule uses a field of another department that has not allowed it (gate): %.',
  ],
  'attribute-of-list': [
    '列表行的字段只能用于同一列表的授权：%。',
    'The row rule uses a field of list rows, so every field under it must be of the same rows: %.',
  ],
  'attribute-of-other-entity': [
    '行规则的字段与所授权的字段不属于同一对象，也不是关联的另一端：%。',
    'The row rule uses a field of another entity than the fields under it, or than either end of a relation: %.',
  ],
  'value-type': ['取值类型与字段不符，应为%。', 'The value does not fit the field: % is expected.'],
  'value-unknown': ['不是该字段的代码值：%。', 'The field never has this value: %.'],
  'prefix-unfit': [
    'prefix 只适用于不经代码转换的文本字段：%。',
    'Prefixes fit only text fields that are stored without a code table: %.',
  ],
  'range-unfit': ['range 只适用于日期、月份和数值字段：%。', 'Ranges fit only dates, months and numbers: %.'],
  'range-empty': ['range 至少要有一个界限。', 'A range needs at least one bound.'],
  'years-ago-unfit': ['yearsAgo 只适用于日期字段：%。', 'yearsAgo fits only dates: %.'],
  'operation-invalid': ['不是可登记的查询语句：%', 'This is not an operation that can be registered: %'],
  'subject-unfit': ['subject 只适用于文本字段：%。', 'A term of the subject fits only text: %.'],
} as const satisfies Record<string, readonly [zh: string, en: string]>;

export type ProblemRule = keyof typeof texts;

/** Rule → sentences, for the documentation. */
export const problemTexts: Readonly<Record<ProblemRule, readonly [zh: string, en: string]>> = texts;

/** A place in a document, where problems are reported. */
export interface Place {
  member(name: string): Place;
  item(index: number): Place;
  report(rule: ProblemRule, name?: string): void;
}

/** The first thousand are enough to refuse an import. */
export const maxProblems = 1000;

/** The root of one file. */
export function createPlace(file: string, problems: DocumentProblem[]): Place {
  const placeAt = (path: string): Place => ({
    member: (name) => placeAt(`${path}.${name}`),
    item: (index) => placeAt(`${path}[${index}]`),
    report: (rule, name = '') => {
      if (problems.length >= maxProblems) return;
      const [zh, en] = texts[rule];
      problems.push({ file, path, rule, zh: fill(zh, name), en: fill(en, name) });
    },
  });
  return placeAt('$');
}

/** Files are untrusted: what does not look like a name of ours is not repeated to whoever reads the problem. */
function fill(text: string, name: string): string {
  return text.replace('%', () =>
    /^[\p{L}\p{N} ,.…:_/()（），。+–→"?!$@=[\]{}-]{0,400}$/u.test(name) ? name : '…',
  );
}
