/**
 * The hub's own scalars. Dates are ISO 8601 calendar dates (a masked one has reduced precision), instants RFC 3339.
 * None of the errors here holds the value that was refused: it may be of a resident.
 */
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';

const datePattern = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const monthPattern = /^\d{4}-(?:0[1-9]|1[0-2])$/;
const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** 日期. Given as YYYY-MM-DD, or YYYY-MM or YYYY where a mask took the rest away; taken as YYYY-MM-DD only. */
export const dateScalar = createTextScalar('Date', {
  serialize: (text) => (isDate(text) ? text : undefined),
  parse: (text) => (text.length === 10 && isDate(text) ? text : undefined),
});

/** 时刻. Given and taken as RFC 3339; any offset is turned into UTC. */
export const dateTimeScalar = createTextScalar('DateTime', { serialize: toUtc, parse: toUtc });

/** 月份 YYYY-MM. */
export const monthScalar = createTextScalar('Month', { serialize: toMonth, parse: toMonth });

export const scalars: readonly GraphQLScalarType[] = [dateScalar, dateTimeScalar, monthScalar];

type Coerce = (text: string) => string | undefined;

function createTextScalar(
  name: string,
  { serialize, parse }: { readonly serialize: Coerce; readonly parse: Coerce },
): GraphQLScalarType<string, string> {
  const coerce = (convert: Coerce, value: unknown, node?: ValueNode): string => {
    const result = typeof value === 'string' ? convert(value) : undefined;
    if (result === undefined) throw refuse(name, node);
    return result;
  };
  return new GraphQLScalarType<string, string>({
    name,
    serialize: (value) => coerce(serialize, value),
    parseValue: (value) => coerce(parse, value),
    parseLiteral: (node) => coerce(parse, node.kind === Kind.STRING ? node.value : undefined, node),
  });
}

function refuse(name: string, node: ValueNode | undefined): GraphQLError {
  return new GraphQLError(`The value is not a ${name}.`, node ? { nodes: node } : {});
}

function isDate(text: string): boolean {
  const [, year, month = '01', day = '01'] = datePattern.exec(text) ?? [];
  if (year === undefined || year === '0000') return false;
  return (
    Number(month) >= 1 &&
    Number(month) <= 12 &&
    Number(day) >= 1 &&
    Number(day) <= daysIn(Number(year), Number(month))
  );
}

/** Of the Gregorian calendar. Without a Date, because an answer has thousands of dates. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function toMonth(text: string): string | undefined {
  return monthPattern.test(text) && !text.startsWith('0000') ? text : undefined;
}

function toUtc(text: string): string | undefined {
  if (!instantPattern.test(text) || !isDate(text.slice(0, 10))) return undefined;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
}
