import type { AuditLog } from '../audit/log.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';

/** What keeps the hub from serving right now; empty when it is ready. */
export function findProblems(keeper: PolicyKeeper, log: AuditLog): readonly string[] {
  const problems: string[] = [];
  for (const [name, check] of [
    ['policy', () => keeper.current()],
    ['audit', () => log.admit()],
  ] as const) {
    try {
      check();
    } catch {
      problems.push(name);
    }
  }
  return problems;
}
