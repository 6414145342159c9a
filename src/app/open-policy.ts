import { fetchUsage } from '../audit/fetch-usage.ts';
import { chinaDate } from '../policies/calendar.ts';
import { createPolicyKeeper, type PolicyKeeper, type PolicySource } from '../policies/policy-keeper.ts';
import { createPolicyStore } from '../policies/policy-store-prisma.ts';
import type { Closers } from './closers.ts';
import type { Foundation } from './lay-foundation.ts';
import type { Audit } from './open-audit.ts';

/** Keeps the agreements in force at hand; resolves once they are loaded. */
export async function openPolicy(
  { config, graph, storage, now, logger, overrides }: Foundation,
  { sql }: Audit,
  closers: Closers,
): Promise<PolicyKeeper> {
  const store = createPolicyStore(storage.prisma);
  const source: PolicySource = {
    revision: () => store.revision(),
    load: () => store.load(),
    usage: () => fetchUsage(sql, chinaDate(now())),
  };
  const keeper = await createPolicyKeeper({
    source: overrides.wrapPolicies?.(source) ?? source,
    fields: graph.fields,
    pollMs: config.limits.policyPollMs,
    staleMs: config.limits.policyStaleMs,
    now: () => now().getTime(),
    onFailure: (cause) => logger.error({ err: cause }, 'the agreements could not be read'),
  });
  closers.add(async () => keeper.close());
  return keeper;
}
