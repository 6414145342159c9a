import { errorTable } from '../errors.ts';
import { comparableText } from '../fetch/comparable-text.ts';
import type { Fetched } from '../fetch/fetch-plan.ts';
import type { ClaimVerification, QueryVerifyResidentArgs } from '../generated/graphql.ts';
import type { BoundPlan } from '../plan/bound-plan.ts';
import type { PlannedDenial } from '../plan/plan.ts';
import type { ClaimPath } from '../plan/plan-claims.ts';
import { verifyCoordinate } from '../policies/verify-coordinate.ts';
import { denialWords, type PolicyParts } from './denial-words.ts';
import { countError, type Story } from './story.ts';

type Claim = QueryVerifyResidentArgs['claims'][number];

export interface ReadClaims {
  readonly claims: readonly Claim[];
  /** Of each claim. */
  readonly paths: readonly ClaimPath[];
  readonly bound: BoundPlan;
  readonly fetched: Fetched;
}

/** What becomes of each claim. What departments hold goes no further. */
export function compareClaims(parts: PolicyParts, story: Story, read: ReadClaims): ClaimVerification[] {
  return read.claims.map((claim, n) => {
    const path = read.paths[n];
    if (!path) throw new TypeError('each claim has its path');
    return compareClaim(parts, story, read, { claim, path });
  });
}

interface ClaimAt {
  readonly claim: Claim;
  readonly path: ClaimPath;
}

/** A value that is right was read, whatever else could not be. */
function compareClaim(
  parts: PolicyParts,
  story: Story,
  { bound: { decisions, denials }, fetched }: ReadClaims,
  { claim: { field, value }, path }: ClaimAt,
): ClaimVerification {
  const isOnPath = ({ coordinate }: { readonly coordinate: string }) =>
    path.coordinates.some((one) => one === coordinate);
  const rule = decisions.find(({ coordinate }) => coordinate === field)?.decision.rule ?? null;
  const denial = denials.find(isOnPath);
  if (denial) return denied(parts, story, denial, { field, rule });
  const held = heldAt(fetched, path);
  const isRight = held !== undefined && comparableText(held) === comparableText(value);
  const problem = isRight ? undefined : fetched.problems.find(isOnPath);
  if (problem) return unanswered(story, problem.code, { field, rule });
  return { ...nothingToExplain, field, rule, outcome: isRight ? 'MATCH' : 'NO_MATCH' };
}

const nothingToExplain = { code: null, explanation: null, remedies: [], howToApply: null } as const;

type Claimed = Pick<ClaimVerification, 'field' | 'rule'>;

/** In the words of `explainField` for the verification. */
function denied(
  parts: PolicyParts,
  story: Story,
  { coordinate, code, decision }: PlannedDenial,
  claimed: Claimed,
): ClaimVerification {
  countError(story, code);
  const words = denialWords(parts, story, { coordinate: verifyCoordinate(coordinate), decision });
  return { ...claimed, ...words, outcome: 'NOT_AVAILABLE', code };
}

function unanswered(
  story: Story,
  code: Fetched['problems'][number]['code'],
  claimed: Claimed,
): ClaimVerification {
  countError(story, code);
  const { zh, en } = errorTable[code];
  return { ...nothingToExplain, ...claimed, outcome: 'NOT_AVAILABLE', code, explanation: `${zh} ${en}` };
}

/** What fetch left for the claim; undefined for nothing. One person was asked about, so there is one root. */
function heldAt({ root }: Fetched, { names }: ClaimPath): string | number | boolean | undefined {
  const [resident] = Object.values(root);
  const held = names.reduce(memberOf, resident);
  return typeof held === 'string' || typeof held === 'number' || typeof held === 'boolean' ? held : undefined;
}

function memberOf(shown: unknown, name: string): unknown {
  return typeof shown === 'object' && shown !== null
    ? Object.getOwnPropertyDescriptor(shown, name)?.value
    : undefined;
}
