/** One error of an answer, as both libraries hand it on; `code` is one of docs/errors.md. */
export interface HubProblem {
  readonly message: string;
  readonly code: string;
  /** Where in the answer, `*` for list positions: `residents.*.police.phone`. */
  readonly responsePaths: readonly string[];
  /** Positions of malformed identifiers. */
  readonly positions: readonly number[];
  /** How many residents it concerns, or identifiers. */
  readonly count: number;
  readonly retryable: boolean;
  readonly department?: string;
  readonly howToApply?: string;
}

/** Why a member of the answer is null. */
export type NullReason =
  /** 无可提供的记录: nobody there, or nobody whom this application may see: the hub does not say which. */
  | { readonly reason: 'NO_RECORD' }
  /** 未获授权 */
  | { readonly reason: 'NOT_GRANTED'; readonly problem: HubProblem }
  /** 部门未应答, or what it answered could not be used: nothing is known. */
  | { readonly reason: 'NOT_ANSWERED'; readonly problem: HubProblem }
  /** 证件号码有误 */
  | { readonly reason: 'MALFORMED'; readonly problem: HubProblem };

/**
 * Tells the nulls of an answer apart, by code and never by message. `path` names the item that is shown, not the record that it
 * is in: `residents.3.police.phone`, with `*` for a position that is not there. In a list an error tells
 * how many residents it concerns, not which: there a null under it is never taken for "no record".
 */
export function explainNull(problems: readonly HubProblem[], path: string): NullReason {
  const problem = problems.find((one) => concerns(one, path));
  if (!problem) return { reason: 'NO_RECORD' };
  if (problem.code === 'FIELD_DENIED') return { reason: 'NOT_GRANTED', problem };
  if (problem.code === 'IDENTIFIER_MALFORMED') return { reason: 'MALFORMED', problem };
  return { reason: 'NOT_ANSWERED', problem };
}

/** An error stands for what it names and for all below it; a malformed identifier of a list for its own position. */
function concerns(problem: HubProblem, path: string): boolean {
  const shape = path.replaceAll(/\.\d+(?=\.|$)/g, '.*');
  const place = problem.responsePaths.find((one) => isWithin(shape, one));
  if (place === undefined) return false;
  return problem.code !== 'IDENTIFIER_MALFORMED' || !place.endsWith('.*') || isAt(problem, path, place);
}

/** Positions are told up to a number of them; where there are more, any null element may be one. */
function isAt({ positions, count }: HubProblem, path: string, place: string): boolean {
  const steps = path.split('.');
  const depth = place.split('.').length;
  return positions.includes(Number(steps[depth - 1])) || (count > positions.length && steps.length === depth);
}

function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}.`);
}

/** What a GraphQL error says, read once; anything but an object with a code is a problem without one. */
export function readProblem(error: { readonly message: string; readonly extensions?: unknown }): HubProblem {
  const extensions = isRecord(error.extensions) ? error.extensions : {};
  const { code, count, department, howToApply, responsePath, retryable } = extensions;
  const paths = Array.isArray(extensions['responsePaths']) ? extensions['responsePaths'] : [responsePath];
  const positions = Array.isArray(extensions['positions']) ? extensions['positions'] : [];
  return {
    message: error.message,
    code: typeof code === 'string' ? code : 'UNKNOWN',
    responsePaths: paths.filter((path) => typeof path === 'string'),
    positions: positions.filter((position) => typeof position === 'number'),
    count: typeof count === 'number' ? count : 0,
    retryable: retryable === true,
    ...(typeof department === 'string' ? { department } : {}),
    ...(typeof howToApply === 'string' ? { howToApply } : {}),
  };
}

/** The errors of a body that is not 200. A proxy on the way may have sent something else than JSON. */
export function readRefusal(text: string): readonly HubProblem[] {
  try {
    const { errors } = JSON.parse(text);
    return errors.map(readProblem);
  } catch {
    return [];
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
