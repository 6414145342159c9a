import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HubError } from '../errors.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** From now to the last byte, however steadily the bytes trickle in. */
  readonly withinMs: number;
}

/**
 * The body as text. Rejects with BODY_TOO_LARGE, REQUEST_TIMEOUT, CLIENT_DISCONNECTED or, for bytes that are no UTF-8, BAD_REQUEST; the
 * connection can then still be answered, and must be closed after it.
 */
export async function readBodyText(payload: IncomingMessage, limits: BodyLimits): Promise<string> {
  const bytes = await readBytes(payload, limits);
  if (!isUtf8(bytes))
    throw new HubError('BAD_REQUEST', { hint: 'The body is not UTF-8.', hintZh: '请求体不是 UTF-8。' });
  const text = bytes.toString('utf8');
  // Not part of the JSON text (RFC 8259 §8.1).
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function readBytes(payload: IncomingMessage, { maxBytes, withinMs }: BodyLimits): Promise<Buffer> {
  if (Number(payload.headers['content-length'] ?? 0) > maxBytes) {
    return Promise.reject(new HubError('BODY_TOO_LARGE'));
  }
  if (payload.destroyed) return Promise.reject(new HubError('CLIENT_DISCONNECTED'));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => end(new HubError('REQUEST_TIMEOUT')), Math.max(withinMs, 0));
    const onChunk = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) end(new HubError('BODY_TOO_LARGE'));
    };
    const onEnd = () => end();
    const onGone = () => end(new HubError('CLIENT_DISCONNECTED'));
    payload.on('data', onChunk).on('end', onEnd).on('error', onGone).on('close', onGone);
    function end(error?: HubError): void {
      clearTimeout(timer);
      payload.off('data', onChunk).off('end', onEnd).off('close', onGone);
      // The listener for errors stays: an upload that is cut off later must not end the process.
      if (error) payload.pause();
      if (error) reject(error);
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
    }
  });
}
