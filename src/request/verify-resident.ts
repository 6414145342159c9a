import type { GraphQLFieldResolver } from 'graphql';
import type { Connector } from '../connectors/connector.ts';
import { HubError } from '../errors.ts';
import { type Fetched, fetchPlan } from '../fetch/fetch-plan.ts';
import type { QueryVerifyResidentArgs } from '../generated/graphql.ts';
import { bindIdentifier } from '../plan/bind-keys.ts';
import { bindPlan } from '../plan/bind-plan.ts';
import type { BoundPlan } from '../plan/bound-plan.ts';
import { planClaims } from '../plan/claims-plan.ts';
import type { OperationLimits } from '../plan/limits.ts';
import { type ClaimPath, claimPathOf } from '../plan/plan-claims.ts';
import { exceeded } from '../plan/prepare-operation.ts';
import { chinaDate, nextChinaMidnight } from '../policies/calendar.ts';
import { verifyCoordinate } from '../policies/verify-coordinate.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import { compareClaims } from './compare-claims.ts';
import type { PolicyParts } from './denial-words.ts';
import { type OnFindings, reportFindings } from './report-findings.ts';
import { addRead, addResidents, type Story } from './story.ts';

export interface VerifyResidentParts extends PolicyParts {
  readonly limits: OperationLimits & { readonly maxClaimsPerPerson: number };
  readonly connectors: () => ReadonlyMap<string, Connector>;
  readonly references: { reveal(client: string, reference: string): EntityKey | undefined };
  /** Counts the claims of one client about one person, or says false where they would be too many for that day. Exact over all replicas. */
  readonly countClaims: (count: {
    readonly client: string;
    readonly person: ResidentIdentifier;
    readonly day: string;
    readonly claims: number;
    readonly allowed: number;
  }) => Promise<boolean>;
  readonly onFindings: OnFindings;
}

/**
 * `Query.verifyResident`: is what the caller holds already right? Each claim is decided before anything is read (`PoliceRecord.name#verify`); what is
 * granted is planned, gated and read as everything is, compared here, and never leaves. Whoever is not there for this caller answers as a wrong
 * claim. All claims count, right or wrong, before they are looked at.
 */
export function createVerifyResident(
  parts: VerifyResidentParts,
): Readonly<Record<string, GraphQLFieldResolver<unknown, Story>>> {
  return {
    verifyResident: async (_parent, { identifier, claims }: QueryVerifyResidentArgs, story) => {
      // On record whatever becomes of the claims.
      const person = nameResident(parts, story, identifier);
      const paths = findPaths(parts, story, claims);
      const bound = bindClaims(parts, story, paths, identifier);
      await countClaims(parts, story, person, claims.length);
      noteDecisions(story, bound);
      const fetched = await fetchClaims(parts, story, bound);
      return { claims: compareClaims(parts, story, { claims, paths, bound, fetched }) };
    },
  };
}

function nameResident(
  { references }: VerifyResidentParts,
  story: Story,
  identifier: QueryVerifyResidentArgs['identifier'],
): ResidentIdentifier {
  const client = story.caller?.subject.client ?? '';
  const reveal = (reference: string) => references.reveal(client, reference);
  const person = bindIdentifier({ reveal }, identifier);
  if (!person) throw new HubError('IDENTIFIER_MALFORMED');
  addResidents(story, [person]);
  return person;
}

/** Before a plan of their size is made. */
function findPaths(
  parts: VerifyResidentParts,
  { generation }: Story,
  claims: QueryVerifyResidentArgs['claims'],
): readonly ClaimPath[] {
  if (!generation) throw new TypeError('an executed story has a generation');
  // More than a day allows: no waiting helps.
  const { maxClaimsPerPerson } = parts.limits;
  if (claims.length > maxClaimsPerPerson) throw exceeded('maxClaimsPerPerson', maxClaimsPerPerson);
  if (claims.length > 0) return claims.map(({ field }) => claimPathOf(generation.graph, field));
  throw new HubError('VARIABLE_INVALID', {
    hint: 'claims must not be empty.',
    hintZh: 'claims 不能为空。',
  });
}

function bindClaims(
  parts: VerifyResidentParts,
  { generation, caller, subjectClass: subject }: Story,
  paths: readonly ClaimPath[],
  { type, value }: QueryVerifyResidentArgs['identifier'],
): BoundPlan {
  if (!generation || !caller || !subject) throw new TypeError('an executed story has a caller');
  const { graph, schema } = generation;
  const { region, department, client } = caller.subject;
  const now = parts.now();
  return bindPlan({
    graph,
    schema,
    limits: parts.limits,
    plan: planClaims({ generation, policy: parts.policy(), subject, now: now.getTime() }, paths),
    variables: { identifier: { type, value } },
    binding: { region, department, case: caller.caseReference, today: chinaDate(now) },
    openCursor: () => undefined,
    planClaims: () => undefined,
    reveal: (reference) => parts.references.reveal(client, reference),
  });
}

async function countClaims(
  parts: VerifyResidentParts,
  { caller }: Story,
  person: ResidentIdentifier,
  claims: number,
): Promise<void> {
  const client = caller?.subject.client ?? '';
  const allowed = parts.limits.maxClaimsPerPerson;
  const day = chinaDate(parts.now());
  if (!(await parts.countClaims({ client, person, day, claims, allowed }))) throw tooMany(parts);
}

/** Until the day is over. */
function tooMany({ limits: { maxClaimsPerPerson: max }, now }: VerifyResidentParts): HubError {
  const at = now().getTime();
  return new HubError('RATE_LIMITED', {
    hint: `Claims about one person are limited to ${max} a day.`,
    hintZh: `对同一人每日最多核验 ${max} 项。`,
    details: {
      limit: 'claims',
      max,
      retryAfterSeconds: Math.ceil((nextChinaMidnight(at) - at) / 1_000),
    },
  });
}

/** Before anything is read, and not of what is refused whole: a permission on record is one that was used. */
function noteDecisions(story: Story, { decisions }: BoundPlan): void {
  const decided = decisions.map(({ coordinate, decision: { effect, rule } }) => ({
    coordinate: verifyCoordinate(coordinate),
    effect,
    rule,
  }));
  story.decisions = [...story.decisions, ...decided];
}

async function fetchClaims(parts: VerifyResidentParts, story: Story, bound: BoundPlan): Promise<Fetched> {
  const fetched = await fetchPlan(bound, {
    requestId: story.requestId,
    connectors: parts.connectors(),
    departments: new Map(),
    signal: story.signal,
    now: parts.now,
    today: chinaDate(parts.now()),
    onRead: (read) => addRead(story, read),
    beginRead: ({ source, entity, role, columns, keys }) =>
      story.trace.read({ source, entity, role, columns: columns.length, keys }),
    onResidents: () => {},
    conceal: () => '',
    registerDeadlines: { listMs: 0, countMs: 0 },
    sealCursor: () => '',
    hidesFaults: true,
  });
  reportFindings(parts.onFindings, story, fetched);
  // Its reason is a HubError.
  story.signal.throwIfAborted();
  return fetched;
}
