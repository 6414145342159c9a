import type { HubRole } from '../identity/subject.ts';
import { type Decision, defaultDeny } from './decision.ts';

/** The hub's own fields are open by role: introspection of the whole schema, the log. A field that is listed nowhere is closed. */
const rolesByField: Readonly<Record<string, readonly HubRole[]>> = Object.freeze({
  'Query.__schema': ['developer', 'auditor', 'operator'],
  'Query.__type': ['developer', 'auditor', 'operator'],
  'Query.accessRecords': ['auditor'],
});

/** Tell each caller of its own rights alone, so nobody needs a role for them. */
const ownFields: ReadonlySet<string> = new Set([
  'Query.__schema',
  'Query.__type',
  'Query.explainAccess',
  'Query.explainField',
  'Query._service',
]);

/** Decides nothing by itself: each claim stands under the agreement for its field. */
const claimRule = 'hub:each-claim';

/** The rule of fields that answer each caller about itself. */
export const ownRule = 'hub:own-access';

/**
 * PERMIT with the rule `role:<role>`, or `hub:own-access` for what tells callers of their own rights, or DENY. `coordinate` may come
 * from the request: it is only looked up.
 */
export function decideHubField(roles: readonly string[], coordinate: string): Decision {
  const role = rolesOfHubField(coordinate).find((candidate) => roles.includes(candidate));
  if (role) return { effect: 'PERMIT', rule: `role:${role}` };
  if (coordinate === 'Query.verifyResident') return { effect: 'PERMIT', rule: claimRule };
  return ownFields.has(coordinate) ? { effect: 'PERMIT', rule: ownRule } : defaultDeny;
}

/** Roles that open the field: any of them. None for a field that is not open by role. */
export function rolesOfHubField(coordinate: string): readonly string[] {
  return Object.hasOwn(rolesByField, coordinate) ? (rolesByField[coordinate] ?? []) : [];
}
