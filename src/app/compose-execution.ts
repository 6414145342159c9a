import { createPageCursors } from '../keys/page-cursor.ts';
import { createResidentReference } from '../keys/resident-reference.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import type { ConnectorSet } from '../registry/connector-set.ts';
import type { ExecuteParts } from '../request/execute.ts';
import type { Foundation } from './lay-foundation.ts';

/** What the executor of operations needs: the policy in force, the connectors that are open, keys and clock. */
export function composeExecution(
  { config, keys, now, logger }: Foundation,
  keeper: PolicyKeeper,
  connectors: ConnectorSet,
): ExecuteParts {
  return {
    limits: config.limits,
    policy: () => keeper.current().policy,
    inForce: () => {
      const { agreements, purposes } = keeper.current();
      return { agreements, purposes };
    },
    connectors: () => connectors.current(),
    references: createResidentReference(keys),
    cursors: createPageCursors(keys),
    now,
    onFindings: (findings) => logger.warn(findings, 'a source could not be used as it should'),
    onUnknown: (error, story) => logger.error({ requestId: story.requestId, err: error }, 'unforeseen'),
  };
}
