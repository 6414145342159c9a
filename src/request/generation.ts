import type { GraphQLSchema } from 'graphql';
import { type CompiledAnswer, compileAnswer } from '../answer/compile-answer.ts';
import type { Graph } from '../contract/graph.ts';
import { type CallerSchema, createCallerSchema } from '../explain/caller-schema.ts';
import { type BoundedCache, createBoundedCache } from '../plan/bounded-cache.ts';
import type { OperationLimits } from '../plan/limits.ts';
import type { Plan } from '../plan/plan.ts';
import { planOperation } from '../plan/plan-operation.ts';
import { type Operation, prepareOperation } from '../plan/prepare-operation.ts';
import type { FieldPolicy, SubjectClass } from '../policies/decision.ts';

/**
 * One composed graph and what was made for it: prepared operations, compiled queries, plans. A request finishes on the generation it
 * began with; a new graph begins with empty caches.
 */
export interface Generation {
  readonly graph: Graph;
  /** Department → its title, as record sections show it. */
  readonly departmentTitles: ReadonlyMap<string, string>;
  readonly schema: GraphQLSchema;
  /** Throws HubError for whatever is wrong with the operation. */
  prepare(
    source: string,
    operationName: string | undefined,
    known?: () => GraphQLSchema | undefined,
  ): Operation;
  /** Cached by operation, schema, policy and class of callers until the earliest change of a decision by time. */
  plan(operation: Operation, policy: FieldPolicy, subject: SubjectClass, now: number): Plan;
  compile(operation: Operation): CompiledAnswer;
  /** What this class of callers may use; cached as plans are. */
  callerSchema(policy: FieldPolicy, subject: SubjectClass, now: number): CallerSchema;
}

export interface GenerationLimits extends OperationLimits {
  readonly maxCachedOperations: number;
  readonly maxCachedPlans: number;
  /** Of the operations in each of the caches, together: what is made of an operation grows with its length. */
  readonly maxCachedCharacters: number;
  readonly maxCachedSchemas: number;
}

export function createGeneration(graph: Graph, limits: GenerationLimits): Generation {
  const operations = createBoundedCache<Operation>(limits.maxCachedOperations, limits.maxCachedCharacters);
  const plans = createBoundedCache<Plan>(limits.maxCachedPlans, limits.maxCachedCharacters);
  const compiled = createBoundedCache<CompiledAnswer>(limits.maxCachedOperations, limits.maxCachedCharacters);
  const schemas = createBoundedCache<CallerSchema & { readonly validUntil: number }>(limits.maxCachedSchemas);
  const serialOf = createSerials();
  return {
    graph,
    departmentTitles: new Map([...graph.departments].map(([name, { title }]) => [name, title])),
    schema: graph.schema,
    prepare: (source, operationName, known) =>
      remember(operations, textKey(source, operationName), source.length, () =>
        prepareOperation(source, operationName, graph.schema, limits, known),
      ),
    plan(operation, policy, subject, now) {
      const key = `${serialOf(operation)} ${policy.fingerprint} ${subject.key}`;
      const known = plans.get(key);
      if (known && now < known.validUntil) return known;
      const plan = planOperation({
        operation,
        graph,
        policy,
        subject,
        maxRelations: limits.maxRelations,
      });
      plans.set(key, plan, lengthOf(operation));
      return plan;
    },
    compile: (operation) =>
      remember(compiled, serialOf(operation), lengthOf(operation), () => compileAnswer(graph, operation)),
    callerSchema(policy, subject, now) {
      const key = `${policy.fingerprint} ${subject.key}`;
      const known = schemas.get(key);
      if (known && now < known.validUntil) return known;
      const made = {
        ...createCallerSchema({ graph, policy, subject }),
        validUntil: policy.validUntil(subject),
      };
      schemas.set(key, made);
      return made;
    },
  };
}

/** The text itself, by which no hash of it need be made for every request; no name can be taken for the beginning of a document. */
function textKey(source: string, operationName: string | undefined): string {
  return `${operationName === undefined ? '' : JSON.stringify(operationName)} ${source}`;
}

/** A short key for each prepared operation; one that was prepared anew is another. */
function createSerials(): (operation: Operation) => string {
  const serials = new WeakMap<Operation, string>();
  let last = 0;
  return (operation) => {
    const known = serials.get(operation);
    if (known !== undefined) return known;
    last += 1;
    const made = String(last);
    serials.set(operation, made);
    return made;
  };
}

/** Characters of the document as it was sent. */
function lengthOf({ document }: Operation): number {
  return document.loc?.source.body.length ?? 0;
}

function remember<T>(cache: BoundedCache<T>, key: string, weight: number, make: () => T): T {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made, weight);
  return made;
}
