import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { failureCode, SourceFailure } from '../source-failure.ts';

/** `application/json`, `application/graphql-response+json` …, without a charset or with UTF-8. */
const jsonType = /^application\/([\w.-]+\+)?json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

const unpack = promisify(gunzip);

/**
 * The JSON of an answer. It is refused before it is read for its type or announced length, and while it is read as soon as it exceeds the
 * limit, packed or unpacked. Throws `SourceFailure`.
 */
export async function readJson(response: Dispatcher.ResponseData, maxBytes: number): Promise<unknown> {
  const { headers, body } = response;
  const encoding = headerText(headers['content-encoding']) || 'identity';
  const problem = !jsonType.test(headerText(headers['content-type']))
    ? 'answer is no JSON in UTF-8'
    : Number(headerText(headers['content-length'])) > maxBytes
      ? tooLarge
      : !['identity', 'gzip', 'x-gzip'].includes(encoding)
        ? 'answer has an unknown content encoding'
        : undefined;
  if (problem !== undefined) {
    abandon(response);
    throw new SourceFailure('fault', problem);
  }
  const bytes = await collect(body, maxBytes);
  return parseJson(encoding === 'identity' ? bytes : await unpackWithin(bytes, maxBytes));
}

const tooLarge = 'answer exceeds the limit';

/** The rest of the answer is not wanted. Its connection is kept if little is left, closed otherwise. */
export function abandon({ body }: Dispatcher.ResponseData): void {
  body.dump({ limit: 16_384 }).catch(() => undefined);
}

/** Leaving the loop early destroys the body, and with it the connection. */
async function collect(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of body) {
    received += chunk.length;
    if (received > maxBytes) throw new SourceFailure('fault', tooLarge);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, received);
}

async function unpackWithin(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unpack(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isBomb = failureCode(error) === 'ERR_BUFFER_TOO_LARGE';
    throw new SourceFailure('fault', isBomb ? tooLarge : 'answer is no gzip');
  }
}

function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new SourceFailure('fault', 'answer is empty');
  if (!isUtf8(bytes)) throw new SourceFailure('fault', 'answer is no JSON in UTF-8');
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    // The parser's own message quotes the text.
    throw new SourceFailure('fault', 'answer is no JSON');
  }
}

function headerText(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header.trim() : '';
}
