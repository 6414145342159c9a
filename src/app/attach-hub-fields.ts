import type { Pseudonymiser } from '../audit/pseudonym.ts';
import { chinaDate } from '../policies/calendar.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import type { ExecuteParts } from '../request/execute.ts';
import { createVerifyResident } from '../request/verify-resident.ts';
import { isResidentKey } from '../resident/entity-key.ts';
import { createAccessRecords } from '../resolvers/access-records.ts';
import { createExplainAccess } from '../resolvers/explain-access.ts';
import { attachResolvers } from '../resolvers/planned.ts';
import { createSubgraph } from '../resolvers/subgraph.ts';
import { createClaimCounter } from '../storage/claim-counter.ts';
import type { Foundation } from './lay-foundation.ts';
import type { Audit } from './open-audit.ts';

/** Gives the graph the resolvers of the hub's own fields: the log, explanations, verification, what a gateway asks. */
export function attachHubFields(
  { graph, config, keys, storage, now }: Foundation,
  audit: Audit,
  keeper: PolicyKeeper,
  {
    limits,
    policy,
    connectors,
    references,
    inForce,
    onFindings,
    pseudonymiser,
  }: ExecuteParts & { readonly pseudonymiser: Pseudonymiser },
): void {
  const accessRecords = createAccessRecords({
    sql: audit.sql,
    catchUp: () => audit.projector.catchUp(),
    pseudonymiser,
    departments: () => [
      ...new Set([...keeper.current().clients.values()].map(({ department }) => department)),
    ],
    reveal: (client, reference) => {
      const key = references.reveal(client, reference);
      return key && isResidentKey(key) ? key : undefined;
    },
    now,
  });
  const explanations = createExplainAccess({
    limits,
    inForce: () => keeper.current(),
    now,
    today: () => chinaDate(now()),
  });
  const verification = createVerifyResident({
    limits: config.limits,
    policy,
    inForce,
    connectors,
    references,
    onFindings,
    now,
    countClaims: createClaimCounter(storage.sql, keys.key('subject-pseudonym').derive('claims')),
  });
  attachResolvers(graph, {
    accessRecords,
    ...explanations,
    ...createSubgraph({ policy, now }),
    ...verification,
  });
}
