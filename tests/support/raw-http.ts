import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A caller that writes its bytes as it likes, unlike `fetch`. */
export interface RawCaller {
  readonly socket: Socket;
  send(text: string): void;
  /** What the server said until it closed the connection. */
  readonly answer: Promise<string>;
}

export async function callRaw(url: string): Promise<RawCaller> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // Being cut off is an end like any other.
  socket.on('error', () => {});
  const answer = once(socket, 'close').then(() => Buffer.concat(chunks).toString());
  await once(socket, 'connect');
  return { socket, send: (text) => void socket.write(text), answer };
}

/** The head of a POST to the GraphQL route, without the blank line that ends it. */
export function postHead(headers: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries({ host: 'hub', 'content-type': 'application/json', ...headers });
  return ['POST /graphql HTTP/1.1', ...lines.map(([name, value]) => `${name}: ${value}`), ''].join('\r\n');
}
