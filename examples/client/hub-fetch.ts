/** Where the hub is, and in whose name it is asked. */
export interface HubAccess {
  /** Such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** The token at hand; a new one where the hub said that it has expired. */
  readonly getToken: (options: { readonly isExpired: boolean }) => Promise<string>;
  /** 使用目的. One client object serves one purpose and one case: they are part of what was asked. */
  readonly purpose: string;
  /** 办件编号, as a person writes it. */
  readonly caseReference?: string;
  /** Waits before the hub is asked again. By default a timer. */
  readonly wait?: (seconds: number) => Promise<void>;
}

/** Whoever asks for longer is told so instead: an officer is waiting. */
const maxWaitSeconds = 5;

/**
 * A `fetch` for any GraphQL library. It names token, purpose and case, and asks again once: with a new token after TOKEN_EXPIRED, and after
 * the `Retry-After` of a 429 or 503 that is short enough. Only reads pass here, so asking again changes nothing.
 */
export function createHubFetch(access: HubAccess): typeof fetch {
  const { getToken, wait = sleep } = access;
  const send = async (
    input: Parameters<typeof fetch>[0],
    init: RequestInit | undefined,
    isExpired: boolean,
  ) => {
    const token = await getToken({ isExpired });
    return fetch(input, { ...init, headers: withAccess(access, token, init?.headers) });
  };
  return async (input, init) => {
    const response = await send(input, init, false);
    if (isExpired(response)) return send(input, init, true);
    const seconds = waitSeconds(response);
    if (seconds === undefined || seconds > maxWaitSeconds) return response;
    await wait(seconds);
    return send(input, init, false);
  };
}

function withAccess(
  { purpose, caseReference }: HubAccess,
  token: string,
  given: RequestInit['headers'],
): Headers {
  const headers = new Headers(given);
  headers.set('authorization', `Bearer ${token}`);
  headers.set('shuqiao-purpose', purpose);
  // A header holds ASCII: 杭北调字 and the like are percent-encoded.
  if (caseReference !== undefined) headers.set('shuqiao-case', encodeURIComponent(caseReference));
  return headers;
}

/** RFC 6750 §3: only an expired token is told so; any other 401 is not helped by a new one. */
function isExpired({ status, headers }: Response): boolean {
  return status === 401 && (headers.get('www-authenticate') ?? '').includes('error="invalid_token"');
}

function waitSeconds({ status, headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? '';
  return (status === 429 || status === 503) && /^\d+$/.test(text) ? Number(text) : undefined;
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
