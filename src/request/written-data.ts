import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import type { EncodedAnswer } from './splice-receipt.ts';
import { receiptRoom } from './splice-receipt.ts';

/**
 * `data` that is JSON already, and the errors beside it. Apollo hands it through; the answer around it goes to `keep` as bytes, and no text
 * is made of it. Emptied by that: what Apollo holds may stay in memory longer than its request (`Handed`).
 */
export class WrittenData {
  #bytes: Buffer;
  #errors: readonly GraphQLFormattedError[];
  #keep: ((answer: EncodedAnswer) => void) | undefined;

  constructor(
    bytes: Buffer,
    errors: readonly GraphQLFormattedError[],
    keep: (answer: EncodedAnswer) => void,
  ) {
    this.#bytes = bytes;
    this.#errors = errors;
    this.#keep = keep;
  }

  /** Once. */
  finish({ extensions }: FormattedExecutionResult): void {
    this.#keep?.(composeAnswer(this.#bytes, this.#errors, extensions));
    this.#keep = undefined;
    this.#errors = [];
    this.#bytes = nothing;
  }

  toJSON(): unknown {
    return JSON.parse(this.#bytes.toString('utf8'));
  }
}

const nothing = Buffer.alloc(0);

/** What Apollo gives to the transport: nothing where the answer was kept as bytes. */
export function stringifyAnswer(result: FormattedExecutionResult): string {
  const data: unknown = result.data;
  if (!(data instanceof WrittenData)) return JSON.stringify(result);
  data.finish(result);
  return '';
}

function composeAnswer(
  data: Buffer,
  errors: readonly GraphQLFormattedError[],
  extensions: FormattedExecutionResult['extensions'],
): EncodedAnswer {
  const head = Buffer.from(`{${errors.length > 0 ? `"errors":${JSON.stringify(errors)},` : ''}"data":`);
  const tail = Buffer.from(extensions ? `,"extensions":${JSON.stringify(extensions)}}` : '}');
  const length = head.length + data.length + tail.length;
  const memory = Buffer.allocUnsafe(length + receiptRoom);
  head.copy(memory, 0);
  data.copy(memory, head.length);
  tail.copy(memory, head.length + data.length);
  return { bytes: memory.subarray(0, length), memory };
}
