import { HubError } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { RegisteredOperation } from './agreement.ts';
import { compareRows } from './compare-rows.ts';
import { hashDocument } from './operation-catalogue.ts';
import type { HeldStatus, PolicyChange, PolicyDocument } from './policy-store.ts';

type OperationDocument = Extract<PolicyDocument, { kind: 'operation' }>;
type OperationRow = Prisma.RegisteredOperationGetPayload<object>;

/** Within a transaction that keeps other writers out: stores what differs, and keeps each text that was ever in force. */
export async function importOperations(
  transaction: Prisma.TransactionClient,
  documents: readonly OperationDocument[],
  { by: savedBy, held }: { readonly by: string; readonly held: HeldStatus[] },
): Promise<readonly PolicyChange[]> {
  const changes: PolicyChange[] = [];
  for (const document of documents) {
    const current = await transaction.registeredOperation.findUnique({ where: { code: document.code } });
    // As with agreements, a file that still says ACTIVE does not undo a suspension.
    const status = current?.status === 'SUSPENDED' ? current.status : document.status;
    if (status !== document.status) held.push({ kind: 'operation', id: document.code });
    const row = { ...toOperationRow(document), status };
    const change = compareRows('operation', row.code, current, row);
    if (change.length === 0) continue;
    const { code, hash, document: text } = row;
    await transaction.registeredOperation.upsert({ where: { code }, create: row, update: row });
    await transaction.registeredOperationText.createMany({
      data: [{ code, hash, document: text, savedBy, savedAt: new Date() }],
      skipDuplicates: true,
    });
    changes.push(...change);
  }
  return changes;
}

export async function setOperationStatus(
  transaction: Prisma.TransactionClient,
  code: string,
  status: RegisteredOperation['status'],
): Promise<readonly PolicyChange[]> {
  const current = await transaction.registeredOperation.findUnique({ where: { code } });
  if (!current) {
    throw new HubError('AGREEMENT_INVALID', {
      hint: 'There is no such registered operation.',
      hintZh: '没有这个登记操作。',
      details: { operation: code },
    });
  }
  const change = compareRows('operation', code, current, { ...current, status });
  if (change.length > 0) await transaction.registeredOperation.update({ where: { code }, data: { status } });
  return change;
}

function toOperationRow({ code, title, document, clients, status }: OperationDocument): OperationRow {
  return {
    code,
    title,
    document,
    hash: hashDocument(document),
    clientsNamed: clients !== undefined,
    clients: [...(clients ?? [])],
    status,
  };
}

/** Throws HubError POLICY_UNAVAILABLE for a row that no import wrote. */
export function fromOperationRow(row: OperationRow): RegisteredOperation {
  const { code, title, document, hash, clientsNamed, clients, status } = row;
  if (hashDocument(document) !== hash) {
    throw new HubError('POLICY_UNAVAILABLE', { details: { operation: code } });
  }
  return { code, title, document, hash, ...(clientsNamed ? { clients } : {}), status };
}
