import type { Graph } from '../contract/graph.ts';
import type { FieldPolicy, SubjectClass } from '../policies/decision.ts';
import type { BindInput } from './bind-plan.ts';
import type { Plan } from './plan.ts';
import { type ClaimPath, claimsOperation, findClaimPath, verifyingPolicy } from './plan-claims.ts';
import type { Operation } from './prepare-operation.ts';

export interface Claiming {
  /** Prepares and plans operations, and keeps what it made. */
  readonly generation: {
    readonly graph: Graph;
    prepare(source: string, operationName: string | undefined): Operation;
    plan(operation: Operation, policy: FieldPolicy, subject: SubjectClass, now: number): Plan;
  };
  /** In force for the operation that asks. */
  readonly policy: FieldPolicy;
  readonly subject: SubjectClass;
  /** Ms. */
  readonly now: number;
}

/** By which claims are decided and read: made and kept as the plan of any operation. */
export function planClaims(
  { generation, policy, subject, now }: Claiming,
  paths: readonly ClaimPath[],
): Plan {
  const operation = generation.prepare(claimsOperation(paths), undefined);
  return generation.plan(operation, verifyingPolicy(policy), subject, now);
}

/** For counting what a request would read. Claims that are refused as such read nothing, and no plan is made of them. */
export function claimPlanner(claiming: Claiming, maxClaims: number): BindInput['planClaims'] {
  return (fields) => {
    if (fields.length === 0 || fields.length > maxClaims) return undefined;
    const paths = fields.flatMap((field) => findClaimPath(claiming.generation.graph, field) ?? []);
    return paths.length === fields.length ? planClaims(claiming, paths) : undefined;
  };
}
