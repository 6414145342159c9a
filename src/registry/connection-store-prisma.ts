import { createHash } from 'node:crypto';
import type { Connection } from '../connectors/connector.ts';
import { parseConnection } from '../connectors/parse-connection.ts';
import { HubError } from '../errors.ts';
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';
import type { Sealer } from '../keys/sealer.ts';
import type { ConnectionStore, ConnectionSummary, StoredChange } from './connection-store.ts';

const purpose = 'connection';

/** The store of the hub's own database; see `ConnectionStore` for what it promises. */
export function createConnectionStore(prisma: PrismaClient, sealer: Sealer): ConnectionStore {
  const unseal = (name: string, sealed: Uint8Array): Connection =>
    // What an earlier version stored may have members of which nobody knows today what they meant.
    parseConnection(JSON.parse(sealer.unseal(purpose, name, sealed).toString('utf8')));
  return {
    put(name, connection, by) {
      const secret = Buffer.from(JSON.stringify(connection), 'utf8');
      const { bytes, keyId, algorithm } = sealer.seal(purpose, name, secret);
      const row = { sealed: new Uint8Array(bytes), keyId, algorithm, updatedAt: new Date(), storedBy: by };
      return prisma.$transaction((transaction) => putRow(transaction, name, row));
    },
    remove: (name) => prisma.$transaction((transaction) => removeRow(transaction, name)),
    async get(name) {
      const row = await prisma.connection.findUnique({ where: { name } });
      return row ? unseal(name, row.sealed) : undefined;
    },
    revision: async () => (await prisma.connectionState.findUniqueOrThrow({ where: { id: 1 } })).revision,
    async revisions() {
      const rows = await prisma.connection.findMany({ select: { name: true, revision: true } });
      return new Map(rows.map(({ name, revision }) => [name, revision]));
    },
    async list() {
      const rows = await prisma.connection.findMany({ orderBy: { name: 'asc' } });
      return rows.map(({ name, sealed, updatedAt, storedBy }) => ({
        name,
        ...kindOf(() => unseal(name, sealed)),
        storedAt: updatedAt,
        storedBy,
      }));
    },
  };
}

type ConnectionRow = Omit<Prisma.ConnectionCreateInput, 'name' | 'revision'> & {
  readonly sealed: Uint8Array<ArrayBuffer>;
};

async function putRow(
  transaction: Prisma.TransactionClient,
  name: string,
  row: ConnectionRow,
): Promise<StoredChange> {
  const revision = await nextRevision(transaction);
  const known = await transaction.connection.count({ where: { name } });
  const update = { ...row, revision };
  await transaction.connection.upsert({ where: { name }, create: { name, ...update }, update });
  return { change: known > 0 ? 'UPDATED' : 'CREATED', contentHash: hashSealed(row.sealed) };
}

async function removeRow(transaction: Prisma.TransactionClient, name: string): Promise<boolean> {
  const { count } = await transaction.connection.deleteMany({ where: { name } });
  if (count > 0) await nextRevision(transaction);
  return count > 0;
}

/** The one row's lock makes writers take turns until they commit. */
async function nextRevision(transaction: Prisma.TransactionClient): Promise<bigint> {
  const data = { revision: { increment: 1 } };
  return (await transaction.connectionState.update({ where: { id: 1 }, data })).revision;
}

function hashSealed(sealed: Uint8Array): string {
  return `sha256:${createHash('sha256').update(sealed).digest('hex')}`;
}

function kindOf(unseal: () => Connection): Pick<ConnectionSummary, 'kind'> {
  try {
    return { kind: unseal().kind };
  } catch (error) {
    if (error instanceof HubError) return {};
    throw error;
  }
}
