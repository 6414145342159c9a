import type { Issuer } from './issuer.ts';
import { hubRoles, type Subject } from './subject.ts';

/** Claims of a token whose signature, issuer, audience and times are verified. Their types and lengths are not. */
export type Claims = Readonly<Record<string, unknown>>;

const clientPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const departmentPattern = /^[a-z][a-z0-9-]{0,63}$/;
const officerPattern = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;
const rolePattern = /^[a-z][a-z0-9:_-]{0,63}$/;
const purposePattern = /^[a-z][a-z0-9-]{0,63}$/;
/** Whole divisions (GB/T 2260 and longer) only: `33010` would begin the codes of ten districts. */
const regionPattern = /^(?:\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$/;
const tokenIdPattern = /^[\x21-\x7e]{1,128}$/;
const maxNames = 64;

/** Why claims do not make a subject: for the log, so it names the claim and never its value. */
export class ClaimProblem {
  readonly claim: string;

  constructor(claim: string) {
    this.claim = claim;
  }
}

/**
 * The subject that the claims describe, or the first claim that does not fit. The issuer must be allowed to speak for the department.
 * An officer is left out where the issuer may not name officers of that department: the client still asks, in its own name.
 * A token that is bound to a key (`cnf`, RFC 8705 and 9449) is refused: nobody here checks who holds the key, so taking it
 * for an ordinary one would undo the binding.
 */
export function readSubject(claims: Claims, issuer: Issuer): Subject | ClaimProblem {
  const claim = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const text = (name: string, pattern: RegExp): string | undefined => readText(claim(name), pattern);
  if (claim('cnf') !== undefined) return new ClaimProblem('cnf');
  const client = text('client_id', clientPattern);
  const department = text('department', departmentPattern);
  const tokenId = text('jti', tokenIdPattern);
  const purposes = readNames(claim('purposes'), purposePattern);
  const roles = claim('roles') === undefined ? [] : readNames(claim('roles'), rolePattern);
  const expiresAt = claim('exp');
  if (client === undefined) return new ClaimProblem('client_id');
  if (department === undefined || !issuer.departments.includes(department))
    return new ClaimProblem('department');
  if (tokenId === undefined) return new ClaimProblem('jti');
  if (!purposes) return new ClaimProblem('purposes');
  if (!roles) return new ClaimProblem('roles');
  if (typeof expiresAt !== 'number') return new ClaimProblem('exp');
  const region = text('region', regionPattern);
  if (claim('region') !== undefined && region === undefined) return new ClaimProblem('region');
  const officer = text('officer', officerPattern);
  if (claim('officer') !== undefined && officer === undefined) return new ClaimProblem('officer');
  const counts = officer !== undefined && issuer.officerDepartments.includes(department);
  return Object.freeze({
    ...{ client, department, purposes, tokenId, issuer: issuer.issuer },
    roles: Object.freeze(roles.filter((role) => mayGive(issuer, role))),
    ...(counts ? { officer } : {}),
    ...(region === undefined ? {} : { region }),
    expiresAt: Math.floor(expiresAt),
  });
}

/** A role of the hub counts only where the issuer's own entry lists it; what agreements call a role is between them and the issuer. */
function mayGive(issuer: Issuer, role: string): boolean {
  return issuer.hubRoles.some((given) => given === role) || !hubRoles.some((own) => own === role);
}

function readText(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

/** Sorted and distinct. */
function readNames(value: unknown, pattern: RegExp): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > maxNames) return undefined;
  const names = value.flatMap((name: unknown) => readText(name, pattern) ?? []);
  return names.length === value.length ? Object.freeze([...new Set(names)].sort()) : undefined;
}
