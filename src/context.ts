import { HubError } from './errors.ts';
import { type Authenticator, TokenRefused } from './identity/authenticator.ts';
import { parseCaller } from './identity/caller.ts';
import type { Caller, Subject } from './identity/subject.ts';
import type { Client, Purpose } from './policies/agreement.ts';
import type { SubjectClass } from './policies/decision.ts';
import type { OperationCatalogue } from './policies/operation-catalogue.ts';
import { createSubjectClass } from './policies/subject-class.ts';

/** What the request says of its sender, before anything of it is believed. */
export interface RequestHeaders {
  readonly authorization: string | undefined;
  readonly purpose: string | undefined;
  readonly caseReference: string | undefined;
}

export interface Authentication {
  readonly authenticator: Authenticator;
  /** Clients and purposes of the policy in force. */
  readonly catalogue: () => {
    readonly clients: ReadonlyMap<string, Client>;
    readonly purposes: ReadonlyMap<string, Purpose>;
    readonly operations: OperationCatalogue;
  };
}

/** Who asks, for what. Nothing in it comes from the body. */
export interface Authenticated {
  readonly caller: Caller;
  readonly subjectClass: SubjectClass;
}

/**
 * Authenticates a request by its headers alone. `onVerified` hears of the subject as soon as its token is verified, so that refusals
 * after that point name it in the record. Throws HubError.
 */
export async function authenticate(
  { authenticator, catalogue }: Authentication,
  headers: RequestHeaders,
  onVerified: (subject: Subject) => void,
): Promise<Authenticated> {
  const subject = await authenticator.authenticate(parseBearer(headers.authorization));
  onVerified(subject);
  const caller = parseCaller(subject, headers, catalogue());
  return { caller, subjectClass: createSubjectClass(caller) };
}

/** Why no subject was found, for the log; undefined for refusals of another kind. */
export function refusalReason(error: unknown): string | undefined {
  const cause = error instanceof HubError ? error.cause : undefined;
  return cause instanceof TokenRefused ? cause.reason : undefined;
}

/** RFC 6750 §2.1. */
function parseBearer(header: string | undefined): string {
  const match = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header ?? '');
  if (!match?.[1]) throw new HubError('UNAUTHENTICATED', { cause: new TokenRefused('no bearer token') });
  return match[1];
}
