import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { checkNesting } from '../json/check-nesting.ts';
import { parseExactJson } from '../json/exact-json.ts';
import type { ParsedAnswer } from '../json/json-rows.ts';
import { failureCode, SourceFailure } from '../source-failure.ts';

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** `application/json`, `application/graphql-response+json` …, without a charset or with UTF-8. */
const jsonType = /^application\/([\w.-]+\+)?json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

const unpack = promisify(gunzip);

export const tooLarge = 'answer exceeds the limit';

/** What can be said against an answer before it is read: its type, the length that it announces, its encoding. */
export function findHeaderProblem(headers: AnswerHeaders, maxBytes: number): string | undefined {
  if (!jsonType.test(headerText(headers['content-type']))) return 'answer is no JSON in UTF-8';
  if (Number(headerText(headers['content-length'])) > maxBytes) return tooLarge;
  const isKnown = ['identity', 'gzip', 'x-gzip'].includes(encodingOf(headers));
  return isKnown ? undefined : 'answer has an unknown content encoding';
}

/** The JSON of an answer that was received whole, unpacked within the limit. Throws `SourceFailure`. */
export async function readJson(
  { headers, body }: { readonly headers: AnswerHeaders; readonly body: Buffer },
  maxBytes: number,
): Promise<ParsedAnswer> {
  return parseJson(encodingOf(headers) === 'identity' ? body : await unpackWithin(body, maxBytes));
}

function encodingOf(headers: AnswerHeaders): string {
  return headerText(headers['content-encoding']) || 'identity';
}

async function unpackWithin(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isBomb = failureCode(error) === 'ERR_BUFFER_TOO_LARGE';
    throw new SourceFailure('fault', isBomb ? tooLarge : 'answer is no gzip');
  }
}

function parseJson(bytes: Buffer): ParsedAnswer {
  if (bytes.length === 0) throw new SourceFailure('fault', 'answer is empty');
  if (!isUtf8(bytes)) throw new SourceFailure('fault', 'answer is no JSON in UTF-8');
  checkNesting(bytes);
  const text = bytes.toString('utf8');
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  try {
    return { json: JSON.parse(json), exact: () => parseExactJson(json), bytes: bytes.length };
  } catch {
    // The parser's own message quotes the text.
    throw new SourceFailure('fault', 'answer is no JSON');
  }
}

function headerText(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header.trim() : '';
}
