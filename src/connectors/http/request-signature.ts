import { createHash, createHmac, randomUUID } from 'node:crypto';
import type { HttpConnection } from './http-connection.ts';

export type SignatureSettings = NonNullable<HttpConnection['signature']>;

/** The headers that sign one request, as `Connection.signature` describes them. Each request has its own time and nonce. */
export function signRequest(
  settings: SignatureSettings,
  request: { readonly method: string; readonly path: string; readonly body: string },
  at: { readonly timestamp: string; readonly nonce: string } = {
    timestamp: String(Date.now()),
    nonce: randomUUID(),
  },
): Record<string, string> {
  const bodyHash = createHash('sha256').update(request.body).digest('hex');
  const signed = [request.method, request.path, at.timestamp, at.nonce, bodyHash].join('\n');
  const { headers } = settings;
  return {
    [headers.appId]: settings.appId,
    [headers.timestamp]: at.timestamp,
    [headers.nonce]: at.nonce,
    [headers.signature]: createHmac('sha256', settings.secret).update(signed).digest('hex'),
  };
}
