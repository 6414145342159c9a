import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface PoolingProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * What a transaction pooler does to PostgreSQL's protocol, as far as a client can tell: it answers with a backend key of its own, and
 * between two transactions nothing stays of what the client set or prepared, as if they ran in different sessions.
 */
export async function startPoolingProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<PoolingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const engine = connect(target.port, target.host);
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.on('close', () => engine.destroy()).pipe(engine);
    engine.on('close', () => client.destroy());
    forwardAnswers(engine, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Message types of the protocol: BackendKeyData and ReadyForQuery. */
const backendKey = 'K';
const ready = 'Z';
const idle = 'I'.charCodeAt(0);

function forwardAnswers(engine: Socket, client: Socket): void {
  let rest = Buffer.alloc(0);
  let isCleaning = false;
  engine.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= rest.readInt32BE(1) + 1) {
      const message = rest.subarray(0, rest.readInt32BE(1) + 1);
      rest = rest.subarray(message.length);
      const type = String.fromCharCode(message[0] ?? 0);
      if (type === backendKey) message.writeInt32BE(message.readInt32BE(5) ^ 0x5555, 5);
      if (isCleaning) {
        // The answer to the cleaning is the client's "ready" that was held back.
        isCleaning = type !== ready;
        if (!isCleaning) client.write(message);
      } else if (type === ready && message[5] === idle) {
        isCleaning = true;
        engine.write(simpleQuery('DISCARD ALL'));
      } else client.write(message);
    }
  });
}

function simpleQuery(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
