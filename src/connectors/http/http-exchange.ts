import { type Dispatcher, Pool } from 'undici';
import { createGuardedLookup, type OutboundRule } from '../../outbound-address.ts';
import type { SourceSettings } from '../connector.ts';
import { Deadline } from '../deadline.ts';
import type { ParsedAnswer } from '../json/json-rows.ts';
import { failureCode, SourceFailure } from '../source-failure.ts';
import {
  type AccessTokens,
  createAccessTokens,
  type GrantedToken,
  parseGrantedToken,
  tokenRequest,
} from './access-token.ts';
import type { HttpAddress, HttpConnection } from './http-connection.ts';
import { readJson } from './read-json.ts';
import { type ReceivedAnswer, receiveAnswer } from './receive-answer.ts';
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

/** What all answers of one read may say together, so that many calls or pages do not fill the memory that each alone may not. */
export class ReadBudget {
  #left: number;

  constructor({ maxResponseBytes }: SourceSettings) {
    this.#left = maxAnswersPerRead * maxResponseBytes;
  }

  /** Throws `SourceFailure` where it is used up. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new SourceFailure('fault', 'answers of one read exceed the limit');
  }
}

/** Of the largest size. */
const maxAnswersPerRead = 4;

export interface HttpAnswer {
  /** Undefined for an empty status: nobody there. */
  readonly answer: ParsedAnswer | undefined;
  /** Requests that were sent for it. */
  readonly requests: number;
}

/**
 * Everything between a request and its JSON: connections to one origin and no other, at addresses that the rule allows, no redirects, headers, tokens, signatures, limits on
 * what comes back. Nothing is repeated, except once with a new token when the source says 401.
 */
export class HttpExchange {
  readonly #settings: SourceSettings;
  readonly #connection: HttpConnection;
  readonly #address: HttpAddress;
  /** Names and values in turn, as the driver takes them. */
  readonly #headers: readonly string[];
  readonly #pool: Pool;
  /** Of the token endpoint. */
  readonly #tokenPool: Pool | undefined;
  readonly #tokens: AccessTokens | undefined;

  constructor(
    settings: SourceSettings,
    connection: HttpConnection,
    address: HttpAddress,
    rule: OutboundRule,
  ) {
    this.#settings = settings;
    this.#connection = connection;
    this.#address = address;
    this.#headers = fixedHeaders(connection);
    this.#pool = createPool(address.origin, settings, connection, rule);
    this.#tokenPool =
      connection.oauth2 && createPool(new URL(connection.oauth2.tokenUrl).origin, settings, connection, rule);
    this.#tokens = connection.oauth2 && createAccessTokens(() => this.#fetchToken());
  }

  /** Throws `SourceFailure`; the deadline's reason if that is what ended it. */
  async send(call: HttpCall, deadline: Deadline): Promise<HttpAnswer> {
    const token = await this.#tokens?.get(deadline);
    const answer = await this.#sendOnce(call, token, deadline);
    if (answer !== unauthorized) return { answer, requests: 1 };
    if (token === undefined || !this.#tokens) throw statusFailure(401);
    this.#tokens.discard(token);
    const again = await this.#sendOnce(call, await this.#tokens.get(deadline), deadline);
    if (again === unauthorized) throw statusFailure(401);
    return { answer: again, requests: 2 };
  }

  /** Is anything there that speaks HTTP? */
  async reach(deadline: Deadline): Promise<void> {
    await this.#request(this.#pool, { path: this.#address.basePath || '/', method: 'HEAD' }, deadline);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.destroy(), this.#tokenPool?.destroy()]);
  }

  async #sendOnce(
    call: HttpCall,
    token: string | undefined,
    deadline: Deadline,
  ): Promise<ParsedAnswer | undefined | typeof unauthorized> {
    const path = `${this.#address.basePath}${call.path}` || '/';
    const { method, body = null } = call;
    const headers = this.#headersOf(call, path, token);
    const answer = await this.#request(this.#pool, { path, method, headers, body }, deadline);
    const { statusCode } = answer;
    if (statusCode === 200) return settle(deadline, readJson(answer, this.#settings.maxResponseBytes));
    if (call.emptyStatuses.includes(statusCode)) return undefined;
    if (statusCode === 401) return unauthorized;
    throw statusFailure(statusCode);
  }

  #headersOf(call: HttpCall, path: string, token: string | undefined): string[] {
    const { signature } = this.#connection;
    const headers = [...this.#headers, 'x-request-id', call.requestId];
    if (call.body !== undefined) headers.push('content-type', 'application/json');
    if (token !== undefined) headers.push('authorization', `Bearer ${token}`);
    if (signature) {
      const signed = signRequest(signature, { method: call.method, path, body: call.body ?? '' });
      for (const [name, value] of Object.entries(signed)) headers.push(name, value);
    }
    return headers;
  }

  #request(
    pool: Pool,
    options: Dispatcher.DispatchOptions,
    deadline: Deadline,
    maxBytes = this.#settings.maxResponseBytes,
  ): Promise<ReceivedAnswer> {
    return settle(deadline, receiveAnswer(pool, options, { deadline, maxBytes }));
  }

  async #fetchToken(): Promise<GrantedToken> {
    const { oauth2 } = this.#connection;
    if (!oauth2 || !this.#tokenPool) throw new TypeError('only called where oauth2 is configured');
    const deadline = new Deadline(new AbortController().signal, this.#settings.deadlineMs);
    try {
      const answer = await this.#request(this.#tokenPool, tokenRequest(oauth2), deadline, maxTokenBytes);
      if (answer.statusCode === 200)
        return parseGrantedToken((await settle(deadline, readJson(answer, maxTokenBytes))).json);
      throw new SourceFailure('down', `token endpoint status ${answer.statusCode}`);
    } finally {
      deadline.stop();
    }
  }
}

const maxTokenBytes = 65_536;
const unauthorized = Symbol('unauthorized');

function createPool(
  origin: string,
  { concurrency, deadlineMs }: SourceSettings,
  { tls }: HttpConnection,
  rule: OutboundRule,
): Pool {
  return new Pool(origin, {
    connections: concurrency,
    headersTimeout: deadlineMs,
    bodyTimeout: deadlineMs,
    connect: {
      timeout: deadlineMs,
      lookup: createGuardedLookup(rule),
      ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    },
  });
}

/** The department's own, and those of every request. */
function fixedHeaders({ headers = {} }: HttpConnection): readonly string[] {
  const fixed = {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    accept: 'application/json',
    // Packing costs both sides more than it saves between neighbours; an answer that is packed all the same is read.
    'accept-encoding': 'identity',
  };
  return Object.entries(fixed).flat();
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
