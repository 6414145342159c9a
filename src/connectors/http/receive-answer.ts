import type { Dispatcher } from 'undici';
import type { Deadline } from '../deadline.ts';
import { SourceFailure } from '../source-failure.ts';
import { type AnswerHeaders, findHeaderProblem, tooLarge } from './read-json.ts';

/** What a source said: of a 200 everything, of other statuses the status alone. */
export interface ReceivedAnswer {
  readonly statusCode: number;
  readonly headers: AnswerHeaders;
  readonly body: Buffer;
}

/** Of a body that nobody wants: beyond it the connection is closed instead of being read to the end. */
const maxUnwantedBytes = 16_384;

const noBody = Buffer.alloc(0);

/**
 * Sends one request. Its answer is refused before it is read for its type or announced length, and while it is read as soon as it exceeds
 * the limit. Rejects with the deadline's reason as soon as it ends, a `SourceFailure`, or the driver's own error. Of a status that is no 200
 * the body is waited for too: a source that drips one would keep the connection after the deadline is forgotten.
 *
 * By the driver's callbacks: its streams and signals cost more than all the rest of a small exchange.
 */
export function receiveAnswer(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  limits: { readonly deadline: Deadline; readonly maxBytes: number },
): Promise<ReceivedAnswer> {
  return new Promise((resolve, reject) => {
    dispatcher.dispatch(options, new AnswerHandler(limits, resolve, reject));
  });
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #resolve: (answer: ReceivedAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #forget: () => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  /** Why nothing more is wanted of this exchange. */
  #reason: Error | undefined;
  #statusCode = 0;
  #headers: AnswerHeaders = {};
  #received = 0;

  constructor(
    { deadline, maxBytes }: { readonly deadline: Deadline; readonly maxBytes: number },
    resolve: (answer: ReceivedAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.#maxBytes = maxBytes;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#forget = deadline.onEnd((reason) => this.#giveUp(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection, and the deadline did not.
    if (this.#reason) controller.abort(this.#reason);
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: AnswerHeaders): void {
    // 1xx: the answer is yet to come.
    if (statusCode < 200) return;
    this.#statusCode = statusCode;
    this.#headers = headers;
    const problem = statusCode === 200 ? findHeaderProblem(headers, this.#maxBytes) : undefined;
    if (problem !== undefined) this.#giveUp(new SourceFailure('fault', problem));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#statusCode !== 200) {
      if (this.#received <= maxUnwantedBytes) return;
      this.#settle(noBody);
      controller.abort(new SourceFailure('fault', tooLarge));
    } else if (this.#received > this.#maxBytes) this.#giveUp(new SourceFailure('fault', tooLarge));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [only] = this.#chunks;
    this.#settle(only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#forget();
    // Of other statuses nothing more was wanted.
    if (this.#statusCode > 200 && !this.#reason) this.#settle(noBody);
    else this.#reject(this.#reason ?? error);
  }

  #settle(body: Buffer): void {
    this.#forget();
    this.#resolve({ statusCode: this.#statusCode, headers: this.#headers, body });
  }

  #giveUp(reason: SourceFailure): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#forget();
    this.#reject(reason);
    this.#controller?.abort(reason);
  }
}
