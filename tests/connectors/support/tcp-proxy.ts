import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands between a connector and a real engine: it sees what the engine is asked, and it can take the network away. The
 * engine behind it stays what it is.
 */
export interface TcpProxy {
  readonly port: number;
  /** What went to the engine since the last call. */
  takeAsked(): string;
  /** Nothing comes back any more, on old and new connections; what is said is swallowed. */
  hang(): void;
  /** Connections are broken and new ones refused. */
  goDown(): Promise<void>;
  /** The next answers are cut off after so many bytes. */
  cutAfter(bytes: number): void;
  /** Everything is well again. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

export async function startTcpProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let asked: Buffer[] = [];
  let isHanging = false;
  let budget = Number.POSITIVE_INFINITY;

  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const accept = (client: Socket): void => {
    track(client);
    const engine = connect(target.port, target.host);
    track(engine);
    client.on('data', (chunk) => {
      asked.push(chunk);
      if (!isHanging) engine.write(chunk);
    });
    engine.on('data', (chunk) => {
      if (isHanging) return;
      client.write(chunk.subarray(0, budget));
      budget -= chunk.length;
      if (budget <= 0) client.destroySoon();
    });
    client.on('close', () => engine.destroy());
    engine.on('close', () => client.destroySoon());
  };

  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  let server: Server = await listen(accept, 0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    takeAsked: () => {
      const text = Buffer.concat(asked).toString('utf8');
      asked = [];
      return text;
    },
    hang: () => {
      isHanging = true;
    },
    goDown: async () => {
      const closed = once(server, 'close');
      server.close();
      breakAll();
      await closed;
    },
    cutAfter: (bytes) => {
      budget = bytes;
    },
    recover: async () => {
      isHanging = false;
      budget = Number.POSITIVE_INFINITY;
      breakAll();
      if (!server.listening) server = await listen(accept, port);
    },
    close: async () => {
      server.close();
      breakAll();
    },
  };
}

async function listen(accept: (socket: Socket) => void, port: number): Promise<Server> {
  const server = createServer(accept);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
