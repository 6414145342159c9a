import { HubError } from '../errors.ts';
import type { Bounds, Constant } from '../policies/row-rule.ts';
import type { OperationLimits } from './limits.ts';
import { exceeded } from './prepare-operation.ts';

/** The `where` of a search, before any register is looked at. */
export type SearchFilter =
  | { readonly op: 'and' | 'or'; readonly parts: readonly SearchFilter[] }
  | SearchTerm;

export interface SearchTerm {
  readonly op: 'term';
  /** Member of the filter by register type (`policeRecord`); absent: `name` is a shared element. */
  readonly section?: string;
  readonly name: string;
  readonly test: SearchTest;
}

export type SearchTest =
  | { readonly op: 'eq' | 'prefix'; readonly value: Constant }
  | { readonly op: 'in'; readonly values: readonly Constant[] }
  | ({ readonly op: 'range' } & Bounds);

/**
 * Reads a coerced `ResidentFilter`. A null condition is refused, and so is an empty one, of which an absent value may have been left out:
 * both would find more than was asked for. No filter at all holds for everybody, an empty list of values or alternatives for nobody. Throws HubError VARIABLE_INVALID or
 * OPERATION_LIMIT_EXCEEDED, with no value in it.
 */
export function readSearchFilter(where: unknown, limits: OperationLimits): SearchFilter {
  if (where === undefined || where === null) return { op: 'and', parts: [] };
  return readFilter(where, { limits, terms: 0, values: 0 });
}

interface Budget {
  readonly limits: OperationLimits;
  terms: number;
  values: number;
}

function readFilter(where: unknown, budget: Budget): SearchFilter {
  spendTerm(budget);
  const parts = membersOf(where).flatMap(([name, value]): SearchFilter[] => {
    if (name === 'and' || name === 'or') return [readCompound(name, value, budget)];
    const members = membersOf(value);
    return members.some(([, member]) => isObject(member))
      ? members.flatMap(([field, tests]) => readTests(tests, { section: name, name: field }, budget))
      : readTests(value, { name }, budget);
  });
  return { op: 'and', parts };
}

function readCompound(op: 'and' | 'or', value: unknown, budget: Budget): SearchFilter {
  if (!Array.isArray(value)) throw nullCondition();
  if (op === 'and' && value.length === 0) throw emptyCondition();
  return { op, parts: value.map((part) => readFilter(part, budget)) };
}

const boundNames = ['gte', 'gt', 'lte', 'lt'] as const;

function readTests(
  value: unknown,
  place: Pick<SearchTerm, 'section' | 'name'>,
  budget: Budget,
): SearchTerm[] {
  const bounds: { -readonly [name in keyof Bounds]: Bounds[name] } = {};
  const tests: SearchTest[] = [];
  for (const [op, operand] of membersOf(value)) {
    const bound = boundNames.find((name) => name === op);
    if (bound) bounds[bound] = readOrdered(operand);
    else tests.push(readTest(op, operand, budget));
  }
  if (Object.keys(bounds).length > 0) tests.push({ op: 'range', ...bounds });
  return tests.map((test) => {
    spendTerm(budget);
    return { op: 'term', ...place, test };
  });
}

function readTest(op: string, operand: unknown, budget: Budget): SearchTest {
  if (op === 'in') return { op, values: readValues(operand, budget) };
  const value = readConstant(operand);
  if (op !== 'prefix') return { op: 'eq', value: trimmed(value) };
  if (value === '')
    throw new HubError('VARIABLE_INVALID', { hint: 'A prefix must not be empty.', hintZh: '前缀不得为空。' });
  return { op, value };
}

function readValues(operand: unknown, budget: Budget): readonly Constant[] {
  if (!Array.isArray(operand)) throw nullCondition();
  budget.values += operand.length;
  if (budget.values > budget.limits.maxFilterValues) {
    throw exceeded('maxFilterValues', budget.limits.maxFilterValues);
  }
  return operand.map((value) => trimmed(readConstant(value)));
}

/** Stored texts are compared without blanks around them. */
function trimmed(value: Constant): Constant {
  return typeof value === 'string' ? value.trim() : value;
}

function readOrdered(operand: unknown): string | number {
  const value = readConstant(operand);
  if (typeof value === 'boolean') throw new TypeError('flags have no order');
  return value;
}

/** Longer than anything by which people are found. */
const maxTextLength = 200;

function readConstant(operand: unknown): Constant {
  if (typeof operand === 'string' && operand.length > maxTextLength) {
    throw new HubError('VARIABLE_INVALID', {
      hint: `A text of a search has at most ${maxTextLength} characters.`,
      hintZh: `查询文本最多 ${maxTextLength} 个字符。`,
    });
  }
  if (typeof operand === 'string' || typeof operand === 'number' || typeof operand === 'boolean')
    return operand;
  throw nullCondition();
}

function spendTerm(budget: Budget): void {
  budget.terms += 1;
  if (budget.terms > budget.limits.maxFilterTerms) {
    throw exceeded('maxFilterTerms', budget.limits.maxFilterTerms);
  }
}

function membersOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (!isObject(value)) throw nullCondition();
  const members = Object.entries(value);
  if (members.length === 0) throw emptyCondition();
  return members;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nullCondition(): HubError {
  return new HubError('VARIABLE_INVALID', {
    hint: 'A condition of a search must not be null: leave it out.',
    hintZh: '查询条件不得为 null，请去掉该条件。',
  });
}

function emptyCondition(): HubError {
  return new HubError('VARIABLE_INVALID', {
    hint: 'A condition of a search must not be empty: leave it out, or where as a whole to find everybody.',
    hintZh: '查询条件不得为空，请去掉该条件；要查全部人员，请去掉整个 where。',
  });
}
