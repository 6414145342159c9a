import { defaultHubLimits } from '../../src/config.ts';
import type { Subject } from '../../src/identity/subject.ts';
import { chinaDate } from '../../src/policies/calendar.ts';
import { createExplainAccess } from '../../src/resolvers/explain-access.ts';
import { attachResolvers } from '../../src/resolvers/planned.ts';
import { type DemoPolicy, demoNow, demoPolicy, demoSubject } from './demo-policy.ts';
import { composeWithoutResolvers } from './hub-graph.ts';
import { execute, type Run, type RunOptions } from './run-operation.ts';

let inForce = demoPolicy;
const graph = composeWithoutResolvers();
attachResolvers(graph, {
  accessRecords: () => null,
  ...createExplainAccess({
    limits: defaultHubLimits,
    inForce: () => inForce,
    now: () => demoNow,
    today: () => chinaDate(demoNow),
  }),
});

export interface DemoAsk extends RunOptions {
  readonly client: string;
  readonly purpose: string;
  readonly changes?: Partial<Subject>;
  readonly demo?: DemoPolicy;
}

/** Executes as a client of the demo, under the demo's agreements or changed ones. */
export async function askAs(
  { client, changes, demo = demoPolicy, ...options }: DemoAsk,
  source: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Run> {
  inForce = demo;
  const subject = demoSubject(client, changes);
  return execute(source, variables, { graph, subject, policy: demo.policy, now: demoNow, ...options });
}

/** What `explainAccess` answers. */
export async function explain(
  ask: DemoAsk,
  operation: string,
  variables?: Readonly<Record<string, unknown>>,
): Promise<Run> {
  return askAs(ask, explainQuery, { operation, ...(variables ? { variables } : {}) });
}

const field = `coordinate field title department departmentTitle effect rule reason explanation condition
  mask { mask shows example } agreements { id version title provider providerTitle purpose legalBasis scene validFrom validUntil requestsPerDay pageSize }
  lesser { kind coordinate isGranted explanation } remedies { code explanation agreement } howToApply notices { code coordinates explanation }`;

export const explainQuery = `query($operation: String!, $variables: JSON) {
  explainAccess(operation: $operation, variables: $variables) {
    operationHash purpose purposeTitle validUntil fields { ${field} } refusedFilters { coordinate effect reason }
    departments { department title reads } reads { department source entity role columns round isScopePushedDown }
    needsGate maxResidents yesNo { count of coordinates explanation } notices { code coordinates explanation }
  }
}`;

/** What `explainField` answers. */
export async function explainOne(ask: DemoAsk, name: string): Promise<Run> {
  return askAs(ask, `query($name: String!) { explainField(field: $name) { ${field} } }`, { name });
}
