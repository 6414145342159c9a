import type { Connection } from '../connectors/connector.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Sealer } from '../keys/sealer.ts';

/** Addresses and secrets of the departments' systems, sealed at rest. Safe to use concurrently; the last `put` wins. */
export interface ConnectionStore {
  /** Sealed and durable when it resolves. */
  put(name: string, connection: Connection): Promise<void>;
  /**
   * `undefined` where none has that name. Fails with `CONFIG_INVALID` where it cannot be opened with this hub's keys, also
   * when the row of another connection was put in its place.
   */
  get(name: string): Promise<Connection | undefined>;
}

const purpose = 'connection';

export function createConnectionStore(prisma: PrismaClient, sealer: Sealer): ConnectionStore {
  return {
    async put(name, connection) {
      const { bytes, keyId, algorithm } = sealer.seal(
        purpose,
        name,
        Buffer.from(JSON.stringify(connection), 'utf8'),
      );
      const row = { sealed: new Uint8Array(bytes), keyId, algorithm, updatedAt: new Date() };
      await prisma.connection.upsert({ where: { name }, create: { name, ...row }, update: row });
    },
    async get(name) {
      const row = await prisma.connection.findUnique({ where: { name } });
      if (!row) return undefined;
      // The seal says that these are the bytes that `put` was given.
      return JSON.parse(sealer.unseal(purpose, name, row.sealed).toString('utf8')) as Connection;
    },
  };
}
