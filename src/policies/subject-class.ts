import type { Caller } from '../identity/subject.ts';
import type { SubjectClass } from './decision.ts';

/**
 * The class of callers that a plan is made for. The key names every member unambiguously (JSON), so that no choice of client,
 * role or region makes two different classes share decisions.
 */
export function createSubjectClass({ subject, purpose }: Caller): SubjectClass {
  const roles = [...new Set(subject.roles)].sort();
  const hasOfficer = subject.officer !== undefined;
  const region = subject.region;
  return Object.freeze({
    key: JSON.stringify([subject.client, subject.department, purpose, roles, hasOfficer, region ?? null]),
    client: subject.client,
    department: subject.department,
    purpose,
    roles: Object.freeze(roles),
    hasOfficer,
    ...(region === undefined ? {} : { region }),
  });
}
