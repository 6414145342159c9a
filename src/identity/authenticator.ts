/**
 * Bearer tokens as JSON Web Tokens: RFC 7519, with the advice of RFC 8725 (best practices) and the profile of RFC 9068 (access tokens)
 * where they leave a choice.
 */
import { hash } from 'node:crypto';
import { type CryptoKey, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { HubError } from '../errors.ts';
import type { Issuer } from './issuer.ts';
import { KeySet } from './key-set.ts';
import { keyIdPattern } from './read-key-set.ts';
import { ClaimProblem, readSubject } from './read-subject.ts';
import type { Subject } from './subject.ts';

export interface Authenticator {
  /**
   * Who asks, by a token that is attacker-controlled until this resolves. Rejects with HubError `UNAUTHENTICATED` or, for
   * a genuine token whose time is over, `TOKEN_EXPIRED`; the caller is not told more, `cause` says which check failed and holds
   * nothing of the token. Safe to call concurrently.
   */
  authenticate(token: string): Promise<Subject>;
}

/** Why a token was refused: for the log alone, and nothing of the token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly reason: string;

  constructor(reason: string) {
    super(`token refused: ${reason}`);
    this.reason = reason;
  }
}

export interface AuthenticatorOptions {
  readonly now?: () => Date;
  /** Milliseconds of a clock that is never set back; ages of keys are measured by it. */
  readonly elapsedMs?: () => number;
  /** An issuer's keys could not be read. Known ones keep counting for an hour. */
  readonly onFailure?: (issuer: string, cause: unknown) => void;
}

const maxTokenLength = 8_192;
const clockToleranceSeconds = 30;
/** Verified tokens that are remembered; a signature costs about 100 µs, remembering one about 2 µs. */
const maxRemembered = 4_096;

/** Nothing is read or fetched before the first token of an issuer arrives. */
export function createAuthenticator(
  issuers: readonly Issuer[],
  options: AuthenticatorOptions = {},
): Authenticator {
  const { now = () => new Date(), elapsedMs = () => performance.now(), onFailure = () => {} } = options;
  const authorities = new Map<string, Authority>();
  for (const issuer of issuers) {
    const report = (cause: unknown) => onFailure(issuer.issuer, cause);
    authorities.set(issuer.issuer, { issuer, keys: new KeySet(issuer, { elapsedMs, onFailure: report }) });
  }
  return Object.freeze(new CachingAuthenticator(authorities, now));
}

interface Authority {
  readonly issuer: Issuer;
  readonly keys: KeySet;
}

interface Remembered {
  readonly subject: Subject;
  readonly keys: KeySet;
  /** Of the keys, when the token was verified. */
  readonly generation: number;
}

class CachingAuthenticator implements Authenticator {
  readonly #authorities: ReadonlyMap<string, Authority>;
  readonly #now: () => Date;
  /** By SHA-256 over the whole token, so that memory holds no credentials. Least recently used first. */
  readonly #remembered = new Map<string, Remembered>();

  constructor(authorities: ReadonlyMap<string, Authority>, now: () => Date) {
    this.#authorities = authorities;
    this.#now = now;
  }

  async authenticate(token: string): Promise<Subject> {
    if (typeof token !== 'string' || token.length > maxTokenLength) throw refused('length');
    const digest = hash('sha256', token, 'base64');
    const known = this.#recall(digest);
    if (known) return known;
    const authority = this.#authorityOf(token);
    const generation = authority.keys.generation;
    const subject = await verifyToken(token, authority, this.#now());
    this.#remember(digest, { subject, keys: authority.keys, generation });
    return subject;
  }

  /** Only while its own time lasts and the keys that verified it still count. */
  #recall(digest: string): Subject | undefined {
    const known = this.#remembered.get(digest);
    if (!known) return undefined;
    this.#remembered.delete(digest);
    const { subject, keys, generation } = known;
    const isOver = this.#now().getTime() >= subject.expiresAt * 1000;
    if (isOver || !keys.isCurrent() || keys.generation !== generation) return undefined;
    this.#remembered.set(digest, known);
    return subject;
  }

  #remember(digest: string, entry: Remembered): void {
    const oldest = this.#remembered.size >= maxRemembered ? this.#remembered.keys().next().value : undefined;
    if (oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(digest, entry);
  }

  /** `iss` is read before it is verified, and only chooses whose keys must have signed. */
  #authorityOf(token: string): Authority {
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw refused('form');
    const authority = this.#authorities.get(attempt('form', () => decodeJwt(token)).iss ?? '');
    if (!authority) throw refused('issuer');
    return authority;
  }
}

async function verifyToken(token: string, { issuer, keys }: Authority, now: Date): Promise<Subject> {
  const { algorithm, keyId } = readHeader(token, issuer);
  const key = await keys.find(algorithm, keyId);
  if (!key) throw refused(keys.isCurrent() ? 'key' : 'keys of the issuer cannot be read');
  const claims = await verifySignatureAndTimes(token, key, issuer, now);
  checkLifetime(claims, issuer, now);
  const subject = readSubject(claims, issuer);
  if (subject instanceof ClaimProblem) throw refused(`claim ${subject.claim}`);
  return subject;
}

/** Headers by which a token could bring or choose its own key. */
const keysInHeader = ['jwk', 'jku', 'x5c', 'x5u', 'x5t', 'x5t#S256'];

/** Every check of the header comes before any key is looked for. */
function readHeader(token: string, issuer: Issuer): { readonly algorithm: string; readonly keyId: string } {
  const header: Readonly<Record<string, unknown>> = attempt('form', () => decodeProtectedHeader(token));
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || !issuer.algorithms.some((allowed) => allowed === alg)) throw refused('alg');
  if (typeof typ !== 'string' || !/^(?:application\/)?(?:at\+jwt|jwt)$/i.test(typ)) throw refused('typ');
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) throw refused('crit');
  if (keysInHeader.some((name) => Object.hasOwn(header, name))) throw refused('key in the header');
  if (typeof kid !== 'string' || !keyIdPattern.test(kid)) throw refused('kid');
  return { algorithm: alg, keyId: kid };
}

async function verifySignatureAndTimes(
  token: string,
  key: CryptoKey,
  issuer: Issuer,
  now: Date,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      audience: issuer.audience,
      requiredClaims: ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'],
      clockTolerance: clockToleranceSeconds,
      currentDate: now,
    });
    return payload;
  } catch (error) {
    // The signature is verified before the times, so this says nothing to somebody who forges tokens.
    if (error instanceof errors.JWTExpired)
      throw new HubError('TOKEN_EXPIRED', { cause: new TokenRefused('expired') });
    throw refused(describe(error));
  }
}

/**
 * A token for several audiences could be replayed here by any of the others, so this hub must be its only one.
 * `exp - iat` is bounded, and `iat` is not in the future: together they bound how long a stolen token is good for.
 */
function checkLifetime({ aud, iat, nbf, exp }: JWTPayload, issuer: Issuer, now: Date): void {
  if (Array.isArray(aud) && aud.length !== 1) throw refused('several audiences');
  if (!isTime(iat) || !isTime(nbf) || !isTime(exp)) throw refused('times');
  if (iat > now.getTime() / 1000 + clockToleranceSeconds) throw refused('iat in the future');
  if (exp <= iat || nbf >= exp || exp - iat > issuer.maxLifetimeSeconds) throw refused('lifetime');
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function attempt<T>(reason: string, run: () => T): T {
  try {
    return run();
  } catch {
    throw refused(reason);
  }
}

/** Errors of jose carry the claims: only their code goes on. */
function describe(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `${error.code} ${error.claim}`;
  return error instanceof errors.JOSEError ? error.code : 'unexpected';
}

function refused(reason: string): HubError {
  return new HubError('UNAUTHENTICATED', { cause: new TokenRefused(reason) });
}
