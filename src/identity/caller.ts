import { HubError } from '../errors.ts';
import type { Client, Purpose } from '../policies/agreement.ts';
import { isCitizenId } from '../resident/citizen-id.ts';
import type { Caller, Subject } from './subject.ts';

/** What the request's headers say, untrusted: `Shuqiao-Purpose`, and `Shuqiao-Case` as percent-encoded UTF-8. */
export interface CallerHeaders {
  readonly purpose?: string | undefined;
  readonly caseReference?: string | undefined;
}

export interface CallerCatalogue {
  readonly purposes: ReadonlyMap<string, Purpose>;
  readonly clients: ReadonlyMap<string, Client>;
}

const maxCaseCharacters = 64;
/** Letters of any script (第, 号, 民初), digits, and what case numbers are punctuated with. */
const casePattern = /^[\p{L}\p{M}0-9（）()〔〕[\]\-_./]+$/u;
const punctuation = /[（）()〔〕[\]\-_./]/g;

/**
 * The subject with the purpose and case that it picked. Throws HubError: `CLIENT_SUSPENDED` for an unknown client, a suspended one
 * and one that its token puts in another department, alike; `PURPOSE_NOT_ALLOWED` for a purpose that does not exist and one
 * that the token does not allow, alike; `PURPOSE_REQUIRED`, `CASE_REQUIRED`, `CASE_MALFORMED`.
 */
export function parseCaller(subject: Subject, headers: CallerHeaders, catalogue: CallerCatalogue): Caller {
  const client = catalogue.clients.get(subject.client);
  if (client?.status !== 'ACTIVE' || client.department !== subject.department) {
    throw new HubError('CLIENT_SUSPENDED');
  }
  const purpose = parsePurpose(headers.purpose, subject, catalogue);
  const caseReference = parseCaseReference(headers.caseReference);
  if (caseReference === undefined && purpose.caseRequired) throw new HubError('CASE_REQUIRED');
  return Object.freeze({ subject, purpose: purpose.code, caseReference });
}

function parsePurpose(header: string | undefined, subject: Subject, { purposes }: CallerCatalogue): Purpose {
  const code = header?.trim();
  if (!code) throw new HubError('PURPOSE_REQUIRED');
  const purpose = purposes.get(code);
  if (!purpose || !subject.purposes.includes(code)) throw new HubError('PURPOSE_NOT_ALLOWED');
  return purpose;
}

/**
 * The case reference goes on record, and records hold no personal data: what could be an identity number is refused, also one that is
 * broken up by punctuation.
 */
function parseCaseReference(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const reference = decodePercent(header.trim()).normalize('NFC');
  if ([...reference].length > maxCaseCharacters || !casePattern.test(reference)) throw malformed();
  if (/\d{15}/.test(reference) || containsCitizenId(reference)) throw malformed();
  return reference;
}

/** Headers are ASCII; other characters arrive percent-encoded. */
function decodePercent(text: string): string {
  if (text.length > maxCaseCharacters * 12 || !/^[\x21-\x7e]+$/.test(text)) throw malformed();
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed();
  }
}

/** 18 characters in a row, punctuation aside, whose check character (GB 11643) and birth date are right. */
function containsCitizenId(reference: string): boolean {
  const text = reference.replace(punctuation, '').toUpperCase();
  for (let start = 0; start + 18 <= text.length; start += 1) {
    if (isCitizenId(text.slice(start, start + 18))) return true;
  }
  return false;
}

function malformed(): HubError {
  return new HubError('CASE_MALFORMED');
}
