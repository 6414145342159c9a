import type { Receipt } from '../audit/entry.ts';

/** An answer as bytes: encoded once, for the commitment, the receipt and the socket. */
export interface EncodedAnswer {
  readonly bytes: Buffer;
  /** What `bytes` is the beginning of: room for the receipt. */
  readonly memory: Buffer;
}

/** Bytes behind an answer, so that its receipt needs no copy. */
export const receiptRoom = 2_048;

/** UTF-8 of a text. Three bytes for every character are set aside: counting them first takes longer than writing them. */
export function encodeAnswer(payload: string): EncodedAnswer {
  const memory = Buffer.allocUnsafe(payload.length * 3 + receiptRoom);
  const length = memory.write(payload, 'utf8');
  return { bytes: memory.subarray(0, length), memory };
}

/**
 * Puts the receipt into the finished bytes, as the last member of `extensions`, so that a large answer is neither serialised nor copied
 * twice. The answer is a JSON object; it is used up.
 */
export function spliceReceipt(
  answer: EncodedAnswer,
  receipt: Receipt,
  options: { hasExtensions: boolean },
): Buffer {
  const { bytes } = answer;
  const end = endOfText(bytes);
  const member = `"receipt":${JSON.stringify(receipt)}`;
  if (options.hasExtensions && bytes[end - 2] === brace) return replaceEnd(answer, end - 2, `,${member}}}`);
  const comma = end > 2 ? ',' : '';
  return replaceEnd(answer, end - 1, `${comma}"extensions":{${member}}}`);
}

const brace = 0x7d;

/** Behind the last character that is no blank. */
function endOfText(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && [0x20, 0x09, 0x0a, 0x0d].includes(bytes[end - 1] ?? 0)) end -= 1;
  return end;
}

function replaceEnd({ bytes, memory }: EncodedAnswer, from: number, text: string): Buffer {
  const tail = Buffer.from(text);
  if (from + tail.length > memory.length) return Buffer.concat([bytes.subarray(0, from), tail]);
  tail.copy(memory, from);
  return memory.subarray(0, from + tail.length);
}
