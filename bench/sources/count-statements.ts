import { connect, createServer, type Socket } from 'node:net';
import { createListener } from '../../examples/departments/listener.ts';

/** Counts the statements of what a client sends: chunk after chunk of one session, cut anywhere. */
export type StatementCounter = (chunk: Buffer) => number;

export interface Relay {
  readonly port: number;
  /** Since the last call. */
  take(): number;
  close(): Promise<void>;
}

/** A port that hands everything on to a database server, and counts its statements on the way. */
export async function startRelay(
  target: { readonly host: string; readonly port: number },
  createCounter: () => StatementCounter,
): Promise<Relay> {
  let statements = 0;
  const server = createServer((client) => {
    const upstream = connect(target);
    const count = createCounter();
    client.on('data', (chunk: Buffer) => {
      statements += count(chunk);
    });
    join(client, upstream);
  });
  const listener = await createListener(server, { host: '127.0.0.1', port: 0 });
  return {
    port: listener.port,
    take() {
      const taken = statements;
      statements = 0;
      return taken;
    },
    close: () => listener.shut(),
  };
}

function join(client: Socket, upstream: Socket): void {
  client.pipe(upstream).pipe(client);
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
}

/** PostgreSQL, frontend messages (§55.7 of its manual): `E`xecute and simple `Q`uery. The first message has no type. */
export function createPostgresCounter(): StatementCounter {
  let rest = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    let statements = 0;
    for (;;) {
      const head = isStarted ? 1 : 0;
      if (rest.length < head + 4) return statements;
      const end = head + rest.readUInt32BE(head);
      if (rest.length < end) return statements;
      const type = isStarted ? String.fromCharCode(rest[0] ?? 0) : '';
      if (type === 'E' || type === 'Q') statements += 1;
      isStarted = true;
      rest = rest.subarray(end);
    }
  };
}

const comQuery = 0x03;
const comExecute = 0x17;

/** MySQL and MariaDB: packets with sequence number 0 begin a command. */
export function createMysqlCounter(): StatementCounter {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    let statements = 0;
    for (;;) {
      if (rest.length < 5) return statements;
      const end = 4 + rest.readUIntLE(0, 3);
      if (rest.length < end) return statements;
      const command = rest[4];
      if (rest[3] === 0 && (command === comQuery || command === comExecute)) statements += 1;
      rest = rest.subarray(end);
    }
  };
}
