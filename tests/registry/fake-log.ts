import { generateKeyPairSync } from 'node:crypto';
import type { AccessEntry, RecordedAct } from '../../src/audit/entry.ts';
import { createReceiptSigner } from '../../src/audit/receipt.ts';
import { sealEntry } from '../../src/audit/seal-entry.ts';
import { HubError } from '../../src/errors.ts';

const { privateKey } = generateKeyPairSync('ed25519');

/** A log in memory that seals what it is given, as the real one does, and fails when told to. */
export function createFakeLog(onAppend: (entry: AccessEntry) => void = () => {}) {
  const entries: AccessEntry[] = [];
  let failing: (entry: AccessEntry) => boolean = () => false;
  return {
    entries,
    /** Outcome and what belongs to it, in order. */
    acts: (): readonly RecordedAct[] => entries.flatMap(({ administration }) => administration ?? []),
    failWhen(fails: (entry: AccessEntry) => boolean) {
      failing = fails;
    },
    async append(entry: AccessEntry) {
      if (failing(entry)) throw new HubError('AUDIT_UNAVAILABLE');
      const { leaf } = sealEntry(entry, { origin: 'hub.example/log', replica: 'r1' });
      onAppend(entry);
      entries.push(entry);
      return {
        origin: 'hub.example/log',
        index: String(entries.length - 1),
        eventId: entry.eventId,
        leafHash: leaf.toString('base64'),
        at: entry.at,
        replica: 'r1',
        alg: 'ed25519',
        signature: createReceiptSigner(privateKey)(leaf).toString('base64'),
      };
    },
  };
}
