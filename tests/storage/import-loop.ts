/** Run by kill.test.ts: imports one round after another, all documents of a round with its number, until it is killed. */
import { createPolicyStore } from '../../src/policies/policy-store-prisma.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { createAgreementDocument } from '../policies/documents.ts';

const storage = await openStorage({ dataDir: String(process.argv[2]), production: false });
const store = createPolicyStore(storage.prisma);
for (let round = 1; ; round++) {
  const documents = Array.from({ length: 20 }, (_, i) =>
    createAgreementDocument({ id: `AGR-${i}`, title: `round ${round}` }),
  );
  await store.import(documents, 'kill test');
  process.stdout.write(`${round}\n`);
}
