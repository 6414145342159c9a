import type { Caller } from '../identity/subject.ts';
import type { SubjectClass } from './decision.ts';

/** By verified subject, and purpose: one for all requests with the same token. */
const classes = new WeakMap<Caller['subject'], Map<string, SubjectClass>>();

/**
 * The class of callers that a plan is made for. The key names every member unambiguously (JSON), so that no choice of client,
 * role or region makes two different classes share decisions.
 */
export function createSubjectClass({ subject, purpose }: Caller): SubjectClass {
  const ofSubject = classes.get(subject) ?? new Map<string, SubjectClass>();
  classes.set(subject, ofSubject);
  const known = ofSubject.get(purpose) ?? makeSubjectClass({ subject, purpose });
  ofSubject.set(purpose, known);
  return known;
}

function makeSubjectClass({ subject, purpose }: Pick<Caller, 'subject' | 'purpose'>): SubjectClass {
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
