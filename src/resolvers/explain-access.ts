import type { GraphQLFieldResolver } from 'graphql';
import type { Coordinate } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import { explainField } from '../explain/explain-field.ts';
import { type ExplainedPlan, explainPlan } from '../explain/explain-plan.ts';
import type { Explaining } from '../explain/explaining.ts';
import { birthDateNotice } from '../explain/find-notices.ts';
import { levelsOfPlan, levelsOfRequest, listsOfPlan, listsOfRequest } from '../explain/plan-levels.ts';
import type { QueryExplainAccessArgs, QueryExplainFieldArgs } from '../generated/graphql.ts';
import { type BindInput, bindPlan } from '../plan/bind-plan.ts';
import { allowedIdentifiers } from '../plan/check-size.ts';
import { claimPlanner } from '../plan/claims-plan.ts';
import { coerceVariables } from '../plan/coerce-variables.ts';
import { decideCoordinate } from '../plan/decide-coordinate.ts';
import type { OperationLimits } from '../plan/limits.ts';
import type { Plan } from '../plan/plan.ts';
import type { Operation } from '../plan/prepare-operation.ts';
import { withoutNumbers } from '../plan/say-problem.ts';
import type { Agreement, Purpose } from '../policies/agreement.ts';
import type { FieldPolicy } from '../policies/decision.ts';
import type { Story } from '../request/story.ts';
import { spendValues } from './spend-values.ts';

export interface ExplainAccessParts {
  readonly limits: OperationLimits & { readonly maxClaimsPerPerson: number };
  /** One snapshot: the policy, and what it was made of. Throws POLICY_UNAVAILABLE. */
  readonly inForce: () => {
    readonly policy: FieldPolicy;
    readonly agreements: readonly Agreement[];
    readonly purposes: ReadonlyMap<string, Purpose>;
  };
  readonly now: () => Date;
  /** Today in China Standard Time. */
  readonly today: () => string;
}

type Resolver = GraphQLFieldResolver<unknown, Story>;

/**
 * What a caller may ask about its own access. It is planned as a request of this caller would be, under the same limits and with the same errors,
 * and no department hears of it. The operation and its variables are attacker-controlled.
 */
export function createExplainAccess(parts: ExplainAccessParts): Readonly<Record<string, Resolver>> {
  return {
    explainAccess: (_parent, args: QueryExplainAccessArgs, story, info) => {
      const explaining = explainingOf(parts, story);
      const { generation } = story;
      if (!generation) throw new TypeError('an executed story has a generation');
      const operation = generation.prepare(args.operation, args.operationName ?? undefined);
      const plan = generation.plan(operation, explaining.policy, explaining.subject, explaining.now);
      spendValues(story, info.fieldNodes, plan.decisions.length + plan.denials.length + 1);
      const claiming = { ...explaining, generation };
      const planClaims = claimPlanner(claiming, parts.limits.maxClaimsPerPerson);
      return explainPlan(
        explaining,
        explainedPlan(parts, story, { plan, operation, variables: args.variables, planClaims }),
      );
    },
    explainField: (_parent, { field }: QueryExplainFieldArgs, story, info) => {
      spendValues(story, info.fieldNodes, 1);
      return explainOne(explainingOf(parts, story), field);
    },
  };
}

function explainingOf({ inForce, now }: ExplainAccessParts, story: Story): Explaining {
  const { caller, subjectClass, generation } = story;
  if (!caller || !subjectClass || !generation) throw new TypeError('an executed story has a caller');
  const { policy, agreements, purposes } = inForce();
  const { graph } = generation;
  return { graph, policy, subject: subjectClass, caller, agreements, purposes, now: now().getTime() };
}

interface Question {
  readonly plan: Plan;
  readonly operation: Operation;
  readonly variables: unknown;
  readonly planClaims: BindInput['planClaims'];
}

function explainedPlan(parts: ExplainAccessParts, story: Story, question: Question): ExplainedPlan {
  const { plan } = question;
  const maxResidents = allowedIdentifiers(plan, parts.limits);
  const isOpen = (question.operation.definition.variableDefinitions ?? []).length > 0;
  const isGiven = question.variables !== null && question.variables !== undefined;
  // Without variables to come, what filters decide is known from the operation alone.
  const isSearch = plan.roots.some(({ search }) => search !== undefined);
  if (isGiven || (isSearch && !isOpen)) return { ...boundPlan(parts, story, question), maxResidents };
  const roots = plan.roots.filter(({ guards }) => guards.length > 0);
  const levels = roots.flatMap((root) =>
    isNobody(root.search) ? [] : [...levelsOfPlan(root, root.search ? 1 : 0)],
  );
  const lists = roots.flatMap(listsOfPlan);
  return { plan, decisions: plan.decisions, denials: plan.denials, levels, lists, maxResidents };
}

/** Where no register may be listed, nothing is read of anybody. */
function isNobody(search: { readonly lists: readonly unknown[] | undefined } | undefined): boolean {
  return search !== undefined && (search.lists ?? []).length === 0;
}

/** As the request itself would be bound, except that nobody is looked up: references of residents stay closed. */
function boundPlan(
  { limits, today }: ExplainAccessParts,
  { generation, caller }: Story,
  { plan, operation, variables: given, planClaims }: Question,
): Omit<ExplainedPlan, 'maxResidents'> {
  if (!generation || !caller) throw new TypeError('an executed story has a caller');
  if (!isRecord(given ?? {})) {
    throw new HubError('VARIABLE_INVALID', {
      hint: 'variables must be an object.',
      hintZh: 'variables 须为对象。',
    });
  }
  const { schema, graph } = generation;
  const variables = coerceVariables(schema, operation.definition, isRecord(given) ? given : {});
  const { region, department } = caller.subject;
  const binding = { region, department, case: caller.caseReference, today: today() };
  const bound = bindPlan({
    ...{ plan, schema, graph, variables, limits, binding, planClaims },
    reveal: () => undefined,
    // Of every page the same is said.
    openCursor: () => ({ positions: [] }),
  });
  const { decisions, denials, roots, residents } = bound;
  return {
    plan,
    decisions,
    denials,
    levels: roots.flatMap((root) =>
      isNobody(root.search) ? [] : [...levelsOfRequest(root, root.search ? 1 : 0)],
    ),
    lists: roots.flatMap(listsOfRequest),
    named: residents.some(({ type }) => type === 'CITIZEN_ID') ? 'CITIZEN_ID' : 'OTHER',
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function explainOne(explaining: Explaining, name: string): ReturnType<typeof explainField> {
  const decision = decideCoordinate(explaining, name);
  if (!decision) {
    const said = withoutNumbers(name);
    throw new HubError('GRAPHQL_VALIDATION_FAILED', {
      hint: `"${said}" is no field that is decided by itself. Name a leaf or a record as Type.field.`,
      hintZh: `“${said}”不是单独决定的字段，请以 Type.field 写明末级字段或记录。`,
    });
  }
  // Whatever is decided is a coordinate of the schema.
  const decided = { coordinate: name as Coordinate, decision };
  const decisions = [decided, ...citizenIdDecision(explaining)];
  const notice = birthDateNotice(explaining.graph, decisions, 'UNKNOWN');
  return explainField(explaining, decided, notice ? [notice] : []);
}

function citizenIdDecision(explaining: Explaining) {
  const coordinate: Coordinate = 'Resident.citizenId';
  const decision = decideCoordinate(explaining, coordinate);
  return decision ? [{ coordinate, decision }] : [];
}
