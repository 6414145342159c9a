import type { GraphQLFieldResolver } from 'graphql';
import { compileAnswer } from '../answer/compile-answer.ts';
import type { Connector } from '../connectors/connector.ts';
import { HubError } from '../errors.ts';
import { type Fetched, fetchPlan } from '../fetch/fetch-plan.ts';
import type { ClaimVerification, QueryVerifyResidentArgs } from '../generated/graphql.ts';
import { bindPlan } from '../plan/bind-plan.ts';
import type { BoundPlan } from '../plan/bound-plan.ts';
import type { OperationLimits } from '../plan/limits.ts';
import { type ClaimPath, claimsOperation, findClaimPath, verifyingPolicy } from '../plan/plan-claims.ts';
import { planOperation } from '../plan/plan-operation.ts';
import { type Operation, prepareOperation } from '../plan/prepare-operation.ts';
import { chinaDate } from '../policies/calendar.ts';
import type { FieldPolicy } from '../policies/decision.ts';
import { verifyCoordinate } from '../policies/list-operation.ts';
import type { EntityKey } from '../resident/entity-key.ts';
import type { ResidentIdentifier } from '../resident/identifier.ts';
import { countError, type Story } from './story.ts';

export interface VerifyResidentParts {
  readonly limits: OperationLimits & { readonly maxClaimsPerPerson: number };
  /** The policy in force. Throws POLICY_UNAVAILABLE. */
  readonly policy: () => FieldPolicy;
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
  readonly now: () => Date;
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
    verifyResident: async (_parent, args: QueryVerifyResidentArgs, story) => {
      const { generation } = story;
      if (!generation) throw new TypeError('an executed story has a generation');
      const paths = args.claims.map(({ field }) => findClaimPath(generation.graph, field));
      if (paths.length === 0)
        throw new HubError('VARIABLE_INVALID', {
          hint: 'claims must not be empty.',
          hintZh: 'claims 不能为空。',
        });
      // Before a plan of their size is made.
      if (paths.length > parts.limits.maxClaimsPerPerson) throw tooMany(parts);
      const bound = bindClaims(parts, story, paths, args.identifier);
      await countClaims(parts, story, bound, paths.length);
      const fetched = await fetchClaims(parts, story, bound);
      const held = readHeld(story, bound, fetched);
      return {
        claims: args.claims.map((claim, n) =>
          compareClaim(story, { claim, path: paths[n], held: held[n] }, bound, fetched),
        ),
      };
    },
  };
}

type Claim = QueryVerifyResidentArgs['claims'][number];

interface BoundClaims extends BoundPlan {
  readonly operation: Operation;
}

/** Decided and on record before anything is read. */
function bindClaims(
  parts: VerifyResidentParts,
  story: Story,
  paths: readonly ClaimPath[],
  identifier: QueryVerifyResidentArgs['identifier'],
): BoundClaims {
  const { generation, caller, subjectClass } = story;
  if (!generation || !caller || !subjectClass) throw new TypeError('an executed story has a caller');
  const { graph, schema } = generation;
  const operation = prepareOperation(claimsOperation(paths), undefined, schema, parts.limits);
  const plan = planOperation({
    operation,
    graph,
    policy: verifyingPolicy(parts.policy()),
    subject: subjectClass,
  });
  const { region, department, client } = caller.subject;
  const bound = bindPlan({
    ...{ plan, graph, schema, limits: parts.limits },
    variables: { identifier: { type: identifier.type, value: identifier.value } },
    binding: { region, department, case: caller.caseReference, today: chinaDate(parts.now()) },
    openCursor: () => undefined,
    reveal: (reference) => parts.references.reveal(client, reference),
  });
  const decided = bound.decisions.map(({ coordinate, decision: { effect, rule } }) => ({
    ...{ coordinate: verifyCoordinate(coordinate), effect, rule },
  }));
  story.decisions = [...story.decisions, ...decided];
  if (bound.residents.length === 0) throw new HubError('IDENTIFIER_MALFORMED');
  story.residents = [...story.residents, ...bound.residents];
  return { ...bound, operation };
}

async function countClaims(
  parts: VerifyResidentParts,
  story: Story,
  { residents }: BoundPlan,
  claims: number,
): Promise<void> {
  const client = story.caller?.subject.client ?? '';
  const [person] = residents;
  if (!person) throw new TypeError('claims are about one person');
  const allowed = parts.limits.maxClaimsPerPerson;
  if (!(await parts.countClaims({ client, person, day: chinaDate(parts.now()), claims, allowed })))
    throw tooMany(parts);
}

function tooMany({ limits }: VerifyResidentParts): HubError {
  return new HubError('RATE_LIMITED', {
    hint: `Claims about one person are limited to ${limits.maxClaimsPerPerson} a day.`,
    hintZh: `对同一人每日最多核验 ${limits.maxClaimsPerPerson} 项。`,
  });
}

async function fetchClaims(parts: VerifyResidentParts, story: Story, bound: BoundPlan): Promise<Fetched> {
  return fetchPlan(bound, {
    requestId: story.requestId,
    connectors: parts.connectors(),
    departments: new Map(),
    signal: story.signal,
    now: parts.now,
    today: chinaDate(parts.now()),
    onRead: ({ findings: _, ...read }) => void story.reads.push(read),
    beginRead: ({ source, entity, role, columns, keys }) =>
      story.trace.read({ source, entity, role, columns: columns.length, keys }),
    onResidents: () => {},
    conceal: () => '',
    registerDeadlines: { listMs: 0, countMs: 0 },
    sealCursor: () => '',
  });
}

/** What departments hold, by claim; null for nothing. It goes no further than `compareClaim`. */
function readHeld({ generation }: Story, bound: BoundClaims, fetched: Fetched): readonly unknown[] {
  if (!generation) throw new TypeError('an executed story has a generation');
  const { graph } = generation;
  const { operation } = bound;
  const data: unknown = JSON.parse(
    compileAnswer(graph, operation).write(fetched.root, undefined, bound.isActive).toString(),
  );
  const resident = memberOf(data, 'resident');
  return Array.from({ length: countMembers(resident) }, (_, n) => valueIn(memberOf(resident, `c${n}`)));
}

function valueIn(held: unknown): unknown {
  return typeof held === 'object' && held !== null ? valueIn(memberOf(held, 'v')) : held;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}

function countMembers(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

interface ComparedClaim {
  readonly claim: Claim;
  readonly path: ClaimPath | undefined;
  readonly held: unknown;
}

function compareClaim(
  story: Story,
  { claim, path, held }: ComparedClaim,
  { decisions, denials }: BoundPlan,
  { problems }: Fetched,
): ClaimVerification {
  const { field, value } = claim;
  const on = (coordinate: string) => path?.coordinates.some((one) => one === coordinate) === true;
  const rule = decisions.find(({ coordinate }) => coordinate === field)?.decision.rule ?? null;
  const refused =
    denials.find(({ coordinate }) => on(coordinate)) ?? problems.find(({ coordinate }) => on(coordinate));
  if (refused) countError(story, refused.code);
  if (refused) return { field, outcome: 'NOT_AVAILABLE', code: refused.code, rule };
  const isRight = held !== null && held !== undefined && normalise(held) === normalise(value);
  return { field, outcome: isRight ? 'MATCH' : 'NO_MATCH', code: null, rule };
}

/** As where statements of departments are compared: how somebody typed it is not what they state. */
function normalise(value: unknown): string {
  return String(value).normalize('NFKC').trim().toLowerCase();
}
