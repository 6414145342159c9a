import { Agent, type Dispatcher } from 'undici';
import type { SourceSettings } from '../connector.ts';
import { Deadline } from '../deadline.ts';
import { failureCode, SourceFailure } from '../source-failure.ts';
import {
  type AccessTokens,
  createAccessTokens,
  type GrantedToken,
  parseGrantedToken,
  tokenRequest,
} from './access-token.ts';
import type { HttpAddress, HttpConnection } from './http-connection.ts';
import { abandon, readJson } from './read-json.ts';
import { signRequest } from './request-signature.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** With query string, below the base URL; '' is the base URL itself. */
  readonly path: string;
  /** JSON text, sent with POST. */
  readonly body?: string;
  readonly requestId: string;
  /** Statuses whose answer is "nobody" instead of an error. */
  readonly emptyStatuses: readonly number[];
}

export interface HttpAnswer {
  /** Undefined for an empty status: nobody there. */
  readonly json: unknown;
  /** Requests that were sent for it. */
  readonly requests: number;
}

/**
 * Everything between a request and its JSON: connections to one origin and no other, no redirects, headers, tokens, signatures, limits on
 * what comes back. Nothing is repeated, except once with a new token when the source says 401.
 */
export class HttpExchange {
  readonly #settings: SourceSettings;
  readonly #connection: HttpConnection;
  readonly #address: HttpAddress;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;
  readonly #tokens: AccessTokens | undefined;

  constructor(settings: SourceSettings, connection: HttpConnection, address: HttpAddress) {
    this.#settings = settings;
    this.#connection = connection;
    this.#address = address;
    const headers = Object.entries(connection.headers ?? {});
    this.#headers = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
    this.#agent = createAgent(settings, connection);
    this.#tokens = connection.oauth2 && createAccessTokens(() => this.#fetchToken());
  }

  /** Throws `SourceFailure`; the deadline's reason if that is what ended it. */
  async send(call: HttpCall, deadline: Deadline): Promise<HttpAnswer> {
    const token = await this.#tokens?.get(deadline);
    const answer = await this.#sendOnce(call, token, deadline);
    if (answer !== unauthorized) return { json: answer, requests: 1 };
    if (token === undefined || !this.#tokens) throw statusFailure(401);
    this.#tokens.discard(token);
    const again = await this.#sendOnce(call, await this.#tokens.get(deadline), deadline);
    if (again === unauthorized) throw statusFailure(401);
    return { json: again, requests: 2 };
  }

  /** Is anything there that speaks HTTP? */
  async reach(deadline: Deadline): Promise<void> {
    const { origin, basePath } = this.#address;
    abandon(await this.#request({ origin, path: basePath || '/', method: 'HEAD' }, deadline));
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #sendOnce(call: HttpCall, token: string | undefined, deadline: Deadline): Promise<unknown> {
    const path = `${this.#address.basePath}${call.path}` || '/';
    const response = await this.#request(
      {
        origin: this.#address.origin,
        path,
        method: call.method,
        headers: this.#headersOf(call, path, token),
        ...(call.body === undefined ? {} : { body: call.body }),
      },
      deadline,
    );
    const { statusCode } = response;
    if (statusCode === 200) return settle(deadline, readJson(response, this.#settings.maxResponseBytes));
    abandon(response);
    if (call.emptyStatuses.includes(statusCode)) return undefined;
    if (statusCode === 401) return unauthorized;
    throw statusFailure(statusCode);
  }

  #headersOf(call: HttpCall, path: string, token: string | undefined): Record<string, string> {
    const { signature } = this.#connection;
    return {
      ...this.#headers,
      accept: 'application/json',
      // Packing costs both sides more than it saves between neighbours; an answer that is packed all the same is read.
      'accept-encoding': 'identity',
      'x-request-id': call.requestId,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(signature ? signRequest(signature, { method: call.method, path, body: call.body ?? '' }) : {}),
    };
  }

  #request(options: Dispatcher.RequestOptions, deadline: Deadline): Promise<Dispatcher.ResponseData> {
    return settle(deadline, this.#agent.request({ ...options, signal: deadline.signal }));
  }

  async #fetchToken(): Promise<GrantedToken> {
    const { oauth2 } = this.#connection;
    if (!oauth2) throw new TypeError('only called where oauth2 is configured');
    const deadline = new Deadline(new AbortController().signal, this.#settings.deadlineMs);
    try {
      const response = await this.#request(tokenRequest(oauth2), deadline);
      if (response.statusCode === 200)
        return parseGrantedToken(await settle(deadline, readJson(response, 65_536)));
      abandon(response);
      throw new SourceFailure('down', `token endpoint status ${response.statusCode}`);
    } finally {
      deadline.stop();
    }
  }
}

const unauthorized = Symbol('unauthorized');

function createAgent({ concurrency, deadlineMs }: SourceSettings, { tls }: HttpConnection): Agent {
  return new Agent({
    connections: concurrency,
    headersTimeout: deadlineMs,
    bodyTimeout: deadlineMs,
    connect: { timeout: deadlineMs, ...(tls?.ca === undefined ? {} : { ca: tls.ca }) },
  });
}

/** The driver's errors, without anything in them that could be a value. */
async function settle<T>(deadline: Deadline, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    deadline.check();
    if (error instanceof SourceFailure) throw error;
    const code = failureCode(error);
    // HPE: the other side does not speak HTTP. All else is a connection that could not be made or did not hold.
    throw new SourceFailure(code.startsWith('HPE_') ? 'fault' : 'down', `http ${code}`);
  }
}

/** Refused, too many requests, or the server's own trouble may pass; other statuses, redirects among them, will come again. */
function statusFailure(status: number): SourceFailure {
  const isDown = [401, 403, 407, 408, 425, 429].includes(status) || status >= 500;
  return new SourceFailure(isDown ? 'down' : 'fault', `http status ${status}`);
}
