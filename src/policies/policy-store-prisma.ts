import { HubError } from '../errors.ts';
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';
import type { Client } from './agreement.ts';
import { fromRow } from './agreement-row-prisma.ts';
import { compareRows } from './compare-rows.ts';
import { importAgreements, setStatus } from './import-agreements-prisma.ts';
import { fromOperationRow, importOperations, setOperationStatus } from './import-operations-prisma.ts';
import type {
  AgreementVersion,
  HeldStatus,
  PolicyChange,
  PolicyDocument,
  PolicyImport,
  PolicySnapshot,
  PolicyStore,
} from './policy-store.ts';

/** The store of the hub's own database; see `PolicyStore` for what it promises. */
export function createPolicyStore(prisma: PrismaClient): PolicyStore {
  return {
    revision: () => guarded(() => readRevision(prisma)),
    load: () => guarded(() => load(prisma)),
    history: (id) => guarded(() => readHistory(prisma, id)),
    import: (documents, by) => write(prisma, (transaction) => importAll(transaction, documents, by)),
    setAgreementStatus: (id, status, by) =>
      write(prisma, async (transaction) => ({
        changed: await setStatus(transaction, id, status, by),
        held: [],
      })),
    setClientStatus: (id, status) =>
      write(prisma, async (transaction) => ({
        changed: await setClientStatus(transaction, id, status),
        held: [],
      })),
    setOperationStatus: (code, status) =>
      write(prisma, async (transaction) => ({
        changed: await setOperationStatus(transaction, code, status),
        held: [],
      })),
  };
}

/** One snapshot: at the default isolation each of the four reads could see another revision. */
async function load(prisma: PrismaClient): Promise<PolicySnapshot> {
  const [state, agreements, purposes, clients, operations] = await prisma.$transaction(
    [
      prisma.policyState.findUniqueOrThrow({ where: { id: 1 } }),
      prisma.agreement.findMany({ orderBy: { id: 'asc' } }),
      prisma.purpose.findMany({ orderBy: { code: 'asc' } }),
      prisma.client.findMany({ orderBy: { id: 'asc' } }),
      prisma.registeredOperation.findMany({ orderBy: { code: 'asc' } }),
    ],
    { isolationLevel: 'RepeatableRead' },
  );
  return {
    revision: state.revision,
    agreements: agreements.map(fromRow),
    purposes,
    clients: clients.map(({ vendor, ...client }) => (vendor === null ? client : { ...client, vendor })),
    operations: operations.map(fromOperationRow),
  };
}

async function readHistory(prisma: PrismaClient, agreementId: string): Promise<readonly AgreementVersion[]> {
  const select = { version: true, contentHash: true, savedBy: true, savedAt: true } as const;
  return prisma.agreementVersion.findMany({ where: { agreementId }, orderBy: { version: 'asc' }, select });
}

async function readRevision(prisma: Prisma.TransactionClient): Promise<bigint> {
  return (await prisma.policyState.findUniqueOrThrow({ where: { id: 1 } })).revision;
}

type Written = Omit<PolicyImport, 'revision'>;

/** Writers take turns at the one row of `policy_state`; what they read after it is the last one's work. */
function write(
  prisma: PrismaClient,
  change: (transaction: Prisma.TransactionClient) => Promise<Written>,
): Promise<PolicyImport> {
  const run = async (transaction: Prisma.TransactionClient): Promise<PolicyImport> => {
    await transaction.$queryRaw`SELECT revision FROM policy_state WHERE id = 1 FOR UPDATE`;
    const written = await change(transaction);
    if (written.changed.length === 0) return { revision: await readRevision(transaction), ...written };
    const data = { revision: { increment: 1 } };
    const { revision } = await transaction.policyState.update({ where: { id: 1 }, data });
    return { revision, ...written };
  };
  return guarded(() => prisma.$transaction(run, { maxWait: 10_000, timeout: 60_000 }));
}

async function importAll(
  transaction: Prisma.TransactionClient,
  documents: readonly PolicyDocument[],
  by: string,
): Promise<Written> {
  refuseTwins(documents);
  const changes: PolicyChange[] = [];
  const held: HeldStatus[] = [];
  for (const document of documents) {
    if (document.kind === 'purpose') changes.push(...(await importPurpose(transaction, document)));
    if (document.kind === 'client') changes.push(...(await importClient(transaction, document, held)));
  }
  const operations = documents.filter((document) => document.kind === 'operation');
  changes.push(...(await importOperations(transaction, operations, { by, held })));
  const agreements = documents.filter((document) => document.kind === 'agreement');
  const changed = await importAgreements(transaction, agreements, { by, held });
  return { changed: [...changes, ...changed], held };
}

type DocumentOf<Kind> = Extract<PolicyDocument, { kind: Kind }>;

async function importPurpose(
  transaction: Prisma.TransactionClient,
  { code, title, caseRequired }: DocumentOf<'purpose'>,
): Promise<readonly PolicyChange[]> {
  const row = { code, title, caseRequired };
  const current = await transaction.purpose.findUnique({ where: { code } });
  const change = compareRows('purpose', code, current, row);
  if (change.length > 0) await transaction.purpose.upsert({ where: { code }, create: row, update: row });
  return change;
}

async function importClient(
  transaction: Prisma.TransactionClient,
  { id, department, title, vendor, registeredOnly, status }: DocumentOf<'client'>,
  held: HeldStatus[],
): Promise<readonly PolicyChange[]> {
  const current = await transaction.client.findUnique({ where: { id } });
  const kept = current?.status === 'SUSPENDED' ? current.status : status;
  if (kept !== status) held.push({ kind: 'client', id });
  const row = { id, department, title, vendor: vendor ?? null, registeredOnly, status: kept };
  const change = compareRows('client', id, current, row);
  if (change.length > 0) await transaction.client.upsert({ where: { id }, create: row, update: row });
  return change;
}

async function setClientStatus(
  transaction: Prisma.TransactionClient,
  id: string,
  status: Client['status'],
): Promise<readonly PolicyChange[]> {
  const current = await transaction.client.findUnique({ where: { id } });
  if (!current)
    throw new HubError('AGREEMENT_INVALID', {
      hint: 'There is no such client.',
      hintZh: '没有登记这个应用。',
      details: { client: id },
    });
  const change = compareRows('client', id, current, { ...current, status });
  if (change.length > 0) await transaction.client.update({ where: { id }, data: { status } });
  return change;
}

function refuseTwins(documents: readonly PolicyDocument[]): void {
  const seen = new Set<string>();
  for (const document of documents) {
    const id = 'code' in document ? document.code : document.id;
    const name = `${document.kind} ${id}`;
    if (seen.has(name)) {
      throw new HubError('AGREEMENT_INVALID', {
        hint: 'Two documents have the same id.',
        details: { [document.kind]: id },
      });
    }
    seen.add(name);
  }
}

async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw cause instanceof HubError ? cause : new HubError('POLICY_UNAVAILABLE', { cause });
  }
}
