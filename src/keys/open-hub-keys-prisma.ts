import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';
import { type KeyRing, type KeySource, openKeyRing } from './key-ring.ts';

/**
 * Opens the key ring that belongs to this database and notes its keys there, so that a hub with other keys never serves from
 * it: not after the file was lost, not as a second replica with a ring of its own. Fails closed with `CONFIG_INVALID`.
 * Replicas that start together on an empty database agree on the first one's ring.
 */
export async function openHubKeys(prisma: PrismaClient, source: KeySource): Promise<KeyRing> {
  const ring = openKeyRing(source, await prisma.keyFingerprint.findMany());
  await prisma.$transaction(async (transaction) => {
    // Nobody else may look at the empty table between our look and our note.
    await transaction.$executeRaw`LOCK TABLE key_fingerprint IN EXCLUSIVE MODE`;
    const known = await transaction.keyFingerprint.findMany();
    openKeyRing(source, known);
    await noteNewKeys(transaction, ring, new Set(known.map((key) => key.keyId)));
  });
  return ring;
}

async function noteNewKeys(
  prisma: Prisma.TransactionClient,
  ring: KeyRing,
  known: ReadonlySet<string>,
): Promise<void> {
  const firstSeenAt = new Date();
  const added = ring.fingerprints.filter((key) => !known.has(key.keyId));
  await prisma.keyFingerprint.createMany({ data: added.map((key) => ({ ...key, firstSeenAt })) });
}
