import type { Decision } from './decision.ts';

/** The hub's own fields are open by role. A field that is not listed is closed. */
const rolesByField: Readonly<Record<string, readonly string[]>> = Object.freeze({
  'Query.__schema': ['developer', 'auditor', 'operator'],
  'Query.__type': ['developer', 'auditor', 'operator'],
  'Query.accessRecords': ['auditor'],
});

/** PERMIT with the rule `role:<role>`, or DENY. `coordinate` may come from the request: it is only looked up. */
export function decideHubField(roles: readonly string[], coordinate: string): Decision {
  const allowed = Object.hasOwn(rolesByField, coordinate) ? (rolesByField[coordinate] ?? []) : [];
  const role = allowed.find((candidate) => roles.includes(candidate));
  return role
    ? { effect: 'PERMIT', rule: `role:${role}` }
    : { effect: 'DENY', rule: 'default-deny', reason: 'NO_AGREEMENT' };
}
