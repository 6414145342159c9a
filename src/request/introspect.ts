import { type ExecutionResult, executeSync } from 'graphql';
import { HubError } from '../errors.ts';
import type { Operation } from '../plan/prepare-operation.ts';
import type { FieldPolicy } from '../policies/decision.ts';
import type { Generation } from './generation.ts';
import { answerExtensions, type Story } from './story.ts';

/** An operation whose plan is introspection alone. */
export interface Introspecting {
  readonly operation: Operation;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly policy: FieldPolicy;
  readonly now: number;
}

/**
 * Answers an operation that introspects, and asks for nothing else, from the schema that its plan says: the caller's own, or by role the
 * whole one. The plan has bounded the size of the answer; no resolver of the hub is reached.
 */
export function introspect(
  generation: Generation,
  story: Story,
  { operation, variables, policy, now }: Introspecting,
): ExecutionResult {
  const { plan, subjectClass } = story;
  if (!plan?.introspection || !subjectClass)
    throw new TypeError('introspect expects a plan that introspects');
  const isWhole = plan.introspection.schema === 'WHOLE';
  const { data, errors } = executeSync({
    schema: isWhole ? generation.schema : generation.callerSchema(policy, subjectClass, now).schema,
    document: operation.document,
    operationName: operation.name ?? null,
    variableValues: variables,
  });
  if (!data || errors) throw new HubError('INTERNAL', { cause: errors });
  return { data, extensions: answerExtensions(story) };
}
