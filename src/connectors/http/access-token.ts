import type { Dispatcher } from 'undici';
import { type Deadline, raceDeadline } from '../deadline.ts';
import { SourceFailure } from '../source-failure.ts';
import type { HttpConnection } from './http-connection.ts';

/** An access token as the department's token endpoint gave it (RFC 6749 §4.4, §5.1). */
export interface GrantedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** Holds one access token for all requests of a source. */
export interface AccessTokens {
  /** A token with some life left. Whoever asks while one is being fetched waits for that one, within the own deadline. */
  get(deadline: Deadline): Promise<string>;
  /** The source refused this token: the next `get` fetches another, unless somebody already did. */
  discard(token: string): void;
}

/**
 * `fetchToken` gets a time of its own and not the caller's: the token is everybody's, and a caller that gives up must not take it from
 * the others. `now` is a monotonic clock in milliseconds.
 */
export function createAccessTokens(
  fetchToken: () => Promise<GrantedToken>,
  now: () => number = () => performance.now(),
): AccessTokens {
  let current: { readonly token: string; readonly staleAt: number } | undefined;
  let pending: Promise<string> | undefined;

  const refresh = async (): Promise<string> => {
    try {
      const askedAt = now();
      const { token, expiresInSeconds } = await fetchToken();
      // Renewed a tenth of its life early, at most half a minute, so that none expires on its way.
      const lifeMs = expiresInSeconds * 1000;
      current = { token, staleAt: askedAt + lifeMs - Math.min(lifeMs / 10, 30_000) };
      return token;
    } finally {
      pending = undefined;
    }
  };

  return {
    get: (deadline) => {
      if (current && now() < current.staleAt) return Promise.resolve(current.token);
      pending ??= refresh();
      return raceDeadline(deadline, pending);
    },
    discard: (token) => {
      if (current?.token === token) current = undefined;
    },
  };
}

/** RFC 6749 §4.4.2, the client authenticated as in §2.3.1: both parts are form-encoded before they are joined. */
export function tokenRequest(oauth2: NonNullable<HttpConnection['oauth2']>): Dispatcher.DispatchOptions {
  const { tokenUrl, clientId, clientSecret, scope } = oauth2;
  const { pathname, search } = new URL(tokenUrl);
  const client = [clientId, clientSecret].map(encodeURIComponent).join(':');
  const form = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) };
  return {
    path: `${pathname}${search}`,
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(client).toString('base64')}`,
    },
    body: new URLSearchParams(form).toString(),
  };
}

/** RFC 6750 §2.1: what may stand in an Authorization header. */
const bearerToken = /^[A-Za-z0-9._~+/-]{1,8000}=*$/;

/** A department that does not say how long a token lives is asked again after a minute. */
const defaultLifeSeconds = 60;

export function parseGrantedToken(answer: unknown): GrantedToken {
  const {
    access_token: token,
    token_type: type,
    expires_in: life,
  } = Object(answer) as Record<string, unknown>;
  if (typeof token !== 'string' || !bearerToken.test(token))
    throw new SourceFailure('down', 'token endpoint gives no token');
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer') {
    throw new SourceFailure('down', 'token endpoint gives no bearer token');
  }
  const seconds = Number(life);
  return { token, expiresInSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : defaultLifeSeconds };
}
