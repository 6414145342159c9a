import type { Connection } from '../connector.ts';

export type HttpConnection = Extract<Connection, { kind: 'http' | 'graphql' }>;

/** Where a source is, parsed once from its connection. Requests can reach nothing else: paths are joined to it as text. */
export interface HttpAddress {
  readonly origin: string;
  /** Path of the base URL without a slash at its end. */
  readonly basePath: string;
  /** A name, or an address that no name server is asked for. */
  readonly host: string;
  /** Anybody on the way can read and change what is said. */
  readonly isOpen: boolean;
}

/** Undefined for what is no http(s) URL, or one with credentials, a query or a fragment in it. */
export function parseAddress(baseUrl: string): HttpAddress | undefined {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return {
    origin: url.origin,
    host: url.hostname,
    basePath: url.pathname.replace(/\/$/, ''),
    isOpen: url.protocol === 'http:' && !isOwnMachine(url.hostname),
  };
}

/** What goes there passes nobody on the way. */
export function isOwnMachine(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host);
}
