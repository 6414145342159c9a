import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface MultiplexingProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * What a multiplexing proxy does to MySQL's protocol, as far as a client can tell: it greets with a thread id of its own, and what is
 * prepared and executed outside a transaction meets nothing that the client set, as if it ran in another session. One chunk is one packet here: the
 * driver waits for each answer.
 */
export async function startMultiplexingProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<MultiplexingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const engine = connect(target.port, target.host);
    for (const socket of [client, engine]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.on('close', () => engine.destroy());
    engine.on('close', () => client.destroy());
    forward(client, engine);
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

/** Commands of the protocol. */
const comQuery = 0x03;
const comPrepare = 0x16;
const comExecute = 0x17;

function forward(client: Socket, engine: Socket): void {
  let isInTransaction = false;
  /** Waits until the other session is there. */
  let held: Buffer | undefined;
  client.on('data', (chunk) => {
    // Before the first command packets have other numbers.
    const command = chunk[3] === 0 ? chunk[4] : undefined;
    if (command === comQuery) {
      const text = chunk.subarray(5).toString();
      if (/START TRANSACTION/.test(text)) isInTransaction = true;
      if (/^(COMMIT|ROLLBACK)/.test(text)) isInTransaction = false;
    }
    if ((command === comPrepare || command === comExecute) && !isInTransaction) {
      held = chunk;
      engine.write(simpleQuery('SET SESSION tx_read_only = 0, SESSION max_statement_time = DEFAULT'));
    } else engine.write(chunk);
  });
  engine.once('data', (greeting) => {
    const threadId = greeting.indexOf(0, 5) + 1;
    greeting.writeUInt32LE(greeting.readUInt32LE(threadId) ^ 0x5555, threadId);
    client.write(greeting);
    engine.on('data', (chunk) => {
      // The answer to the setting is nobody's.
      if (held) engine.write(held);
      else client.write(chunk);
      held = undefined;
    });
  });
}

function simpleQuery(text: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUIntLE(Buffer.byteLength(text) + 1, 0, 3);
  head.writeUInt8(comQuery, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}
