import type { ColumnField, FieldMapping } from '../contract/graph.ts';
import type { RowRule, RuleValue } from './agreement.ts';
import { isDate } from './calendar.ts';
import type { Place } from './document-problems.ts';
import { attributeProblem, type ResolveAttribute } from './rule-scope.ts';

/** What a row rule stands for, to be checked against. */
export interface ScopeSubject {
  readonly provider: string;
  /** The fields that the rule governs. */
  readonly governed: readonly string[];
  readonly resolve: ResolveAttribute;
  readonly listTypes: ReadonlySet<string>;
  /** The shared entities of which a field speaks: the one below which it lies, and to which it leads. */
  readonly entitiesOf: (coordinate: string) => ReadonlySet<string>;
}

type Comparison = Exclude<RowRule, { readonly op: 'and' | 'or' }>;

/** Reports every term that no row could ever be compared with, or that its owner has not allowed. */
export function checkScope(rule: RowRule, place: Place, subject: ScopeSubject): void {
  if ('rules' in rule) {
    for (const [index, part] of rule.rules.entries()) {
      checkScope(part, place.member('rules').item(index), subject);
    }
    return;
  }
  const field = checkAttribute(rule.attribute, place.member('attribute'), subject);
  if (field) checkComparison(rule, field, place);
}

/** Types whose rows are many for one resident: reached through a list, or below one. */
export function findListTypes(fields: ReadonlyMap<string, FieldMapping>): ReadonlySet<string> {
  const links = [...fields.values()].filter(
    ({ kind }) => !['column', 'meta', 'relation', 'tally'].includes(kind),
  );
  const lists = new Set(links.filter(isList).map(({ typeName }) => typeName));
  // A set may grow while it is walked; what is added is walked too.
  for (const type of lists) {
    for (const { parentType, typeName } of links) if (parentType === type) lists.add(typeName);
  }
  return lists;
}

/** For each field the entity below which it lies; for a relation, both its ends. */
export function createEntityFinder(
  fields: ReadonlyMap<string, FieldMapping>,
): (coordinate: string) => ReadonlySet<string> {
  const links = [...fields.values()].filter(
    ({ kind }) => kind === 'connect' || kind === 'group' || kind === 'embedded',
  );
  const parents = new Map(links.map(({ typeName, parentType }) => [typeName, parentType]));
  const entityOf = (typeName: string): string => {
    let type = typeName;
    // Composition refuses types in circles; the bound holds for whatever is given here.
    for (let up = parents.get(type), depth = 0; up !== undefined && depth < 32; up = parents.get(type)) {
      type = up;
      depth += 1;
    }
    return type;
  };
  return (coordinate) => {
    const field = fields.get(coordinate);
    if (!field) return new Set();
    const own = entityOf(field.parentType);
    return new Set(field.kind === 'relation' ? [own, field.typeName] : [own]);
  };
}

function isList(field: FieldMapping): boolean {
  return (field.kind === 'connect' && field.rows === 'MANY') || (field.kind === 'embedded' && field.isList);
}

function checkAttribute(attribute: string, place: Place, subject: ScopeSubject): ColumnField | undefined {
  const field = subject.resolve(attribute);
  const problem = attributeProblem(field, subject.provider);
  if (problem) place.report(problem, attribute);
  if (problem || !field) return undefined;
  const isOfOwnRows = subject.governed.every((coordinate) => coordinate.startsWith(`${field.parentType}.`));
  if (subject.listTypes.has(field.parentType) && !isOfOwnRows) place.report('attribute-of-list', attribute);
  const [entity = ''] = subject.entitiesOf(field.coordinate);
  const isElsewhere = subject.governed.some((coordinate) => {
    const entities = subject.entitiesOf(coordinate);
    return entities.size > 0 && !entities.has(entity);
  });
  if (isElsewhere) place.report('attribute-of-other-entity', attribute);
  return field;
}

const rangeTypes = ['Date', 'Month', 'DateTime', 'Int', 'Float'];

function checkComparison(rule: Comparison, field: ColumnField, place: Place): void {
  if (rule.op === 'range') checkRange(rule, field, place);
  else if (rule.op === 'prefix') checkPrefix(rule.value, field, place);
  else if (rule.op === 'eq') checkValue(rule.value, field, place.member('value'));
  else {
    for (const [index, value] of rule.values.entries()) {
      checkValue(value, field, place.member('values').item(index));
    }
  }
}

function checkRange(rule: Extract<Comparison, { op: 'range' }>, field: ColumnField, place: Place): void {
  if (!rangeTypes.includes(field.typeName) || isCoded(field)) {
    place.report('range-unfit', field.coordinate);
    return;
  }
  const bounds = Object.entries({ gte: rule.gte, gt: rule.gt, lte: rule.lte, lt: rule.lt });
  if (bounds.every(([, bound]) => bound === undefined)) place.report('range-empty');
  for (const [name, bound] of bounds) {
    if (bound !== undefined) checkValue(bound, field, place.member(name));
  }
}

function checkPrefix(value: RuleValue, field: ColumnField, place: Place): void {
  if (!isText(field) || isCoded(field)) place.report('prefix-unfit', field.coordinate);
  else checkValue(value, field, place.member('value'));
}

function checkValue(value: RuleValue, field: ColumnField, place: Place): void {
  if (typeof value === 'object') {
    checkTermOfRequest(value, field, place);
    return;
  }
  const expected = expectedForm(field);
  const known = knownValues(field);
  if (!expected.fits(value)) place.report('value-type', expected.form);
  else if (known.length > 0 && !known.includes(String(value))) place.report('value-unknown', String(value));
}

function checkTermOfRequest(value: Extract<RuleValue, object>, field: ColumnField, place: Place): void {
  if ('yearsAgo' in value && field.typeName !== 'Date') place.report('years-ago-unfit', field.coordinate);
  if ('subject' in value && !isText(field)) place.report('subject-unfit', field.coordinate);
}

interface ExpectedForm {
  readonly form: string;
  readonly fits: (value: string | number | boolean) => boolean;
}

const textForm: ExpectedForm = { form: 'text', fits: (value) => typeof value === 'string' };

const forms: ReadonlyMap<string, ExpectedForm> = new Map([
  ['Int', { form: '1', fits: Number.isInteger }],
  ['Float', { form: '1.5', fits: (value) => typeof value === 'number' }],
  ['Boolean', { form: 'true, false', fits: (value) => typeof value === 'boolean' }],
  ['Date', { form: '2026-01-01', fits: (value) => typeof value === 'string' && isDate(value) }],
  ['Month', { form: '2026-01', fits: (value) => typeof value === 'string' && isDate(`${value}-01`) }],
]);

/** Enums and text share a form; the values of an enum are known from its code table. */
function expectedForm(field: ColumnField): ExpectedForm {
  return forms.get(field.typeName) ?? textForm;
}

function knownValues(field: ColumnField): readonly string[] {
  return Object.values(field.columns).flatMap(({ codes }) => Object.values(codes ?? {}));
}

function isText({ typeName }: ColumnField): boolean {
  return typeName === 'String' || typeName === 'ID';
}

function isCoded(field: ColumnField): boolean {
  return Object.values(field.columns).some(({ codes }) => codes !== undefined);
}
