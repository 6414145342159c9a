import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A server that can be closed at once and opened again on the same port. */
export interface Listener {
  readonly port: number;
  open(): Promise<void>;
  /** Cuts open connections. Idempotent. */
  shut(): Promise<void>;
}

/** Opens the server. Rejects with the system's error if the port is taken. */
export async function createListener(
  server: Server,
  address: { readonly host: string; readonly port: number },
): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await listen(server, address);
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    open: async () => {
      if (!server.listening) await listen(server, { ...address, port });
    },
    shut: () => shut(server, sockets),
  };
}

async function listen(
  server: Server,
  address: { readonly host: string; readonly port: number },
): Promise<void> {
  server.listen({ ...address });
  await once(server, 'listening');
}

async function shut(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}
