import { HubError } from '../errors.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Agreement } from './agreement.ts';
import { createVersion, fromRow, toRow } from './agreement-row-prisma.ts';
import { canonicalText } from './canonical-text.ts';
import type { HeldStatus, PolicyChange, PolicyDocument } from './policy-store.ts';

type AgreementDocument = Extract<PolicyDocument, { kind: 'agreement' }>;

/** Within a transaction that keeps other writers out: stores what differs, with its history. Adds to `held` what stays suspended. */
export async function importAgreements(
  transaction: Prisma.TransactionClient,
  documents: readonly AgreementDocument[],
  { by, held }: { readonly by: string; readonly held: HeldStatus[] },
): Promise<readonly PolicyChange[]> {
  const ids = documents.map((document) => document.id);
  const rows = await transaction.agreement.findMany({ where: { id: { in: ids } } });
  const current = new Map(rows.map((row) => [row.id, fromRow(row)]));
  const versions = documents.flatMap((document) => nextVersion(document, current.get(document.id)) ?? []);
  for (const { id, status } of documents) {
    if (status === 'ACTIVE' && current.get(id)?.status === 'SUSPENDED') held.push({ kind: 'agreement', id });
  }
  return save(transaction, versions, by);
}

export async function setStatus(
  transaction: Prisma.TransactionClient,
  id: string,
  status: Agreement['status'],
  by: string,
): Promise<readonly PolicyChange[]> {
  const row = await transaction.agreement.findUnique({ where: { id } });
  if (!row) throw invalid({ zh: '没有这份协议。', en: 'There is no such agreement.' }, id);
  const current = fromRow(row);
  if (current.status === status) return [];
  if (current.status === 'REVOKED') throw revoked(id);
  return save(transaction, [{ ...current, status, version: current.version + 1 }], by);
}

/** Larger is stricter. */
const strictness = { ACTIVE: 0, SUSPENDED: 1, REVOKED: 2 } as const;

/** `undefined` where the document says what is there already. */
function nextVersion(document: AgreementDocument, current: Agreement | undefined): Agreement | undefined {
  if (!current) return createVersion(document, 1, document.status);
  if (current.status === 'REVOKED' && document.status !== 'REVOKED') throw revoked(current.id);
  const isStricter = strictness[document.status] > strictness[current.status];
  const status = isStricter ? document.status : current.status;
  const same = createVersion(document, current.version, status);
  if (canonicalText(same) === canonicalText(current)) return undefined;
  if (current.status === 'REVOKED') throw revoked(current.id);
  return { ...same, version: current.version + 1 };
}

async function save(
  transaction: Prisma.TransactionClient,
  versions: readonly Agreement[],
  by: string,
): Promise<readonly PolicyChange[]> {
  const rows = versions.map(toRow);
  await transaction.agreement.createMany({ data: rows.filter((row) => row.version === 1) });
  for (const row of rows.filter(({ version }) => version > 1)) {
    await transaction.agreement.update({ where: { id: row.id }, data: row });
  }
  await transaction.agreementVersion.createMany({
    data: versions.map((agreement) => toHistory(agreement, by)),
  });
  return rows.map(({ id, version, contentHash }) => ({
    kind: 'agreement',
    id,
    version,
    change: version === 1 ? 'CREATED' : 'UPDATED',
    contentHash,
  }));
}

function toHistory(agreement: Agreement, savedBy: string): Prisma.AgreementVersionCreateManyInput {
  const { contentHash } = toRow(agreement);
  return {
    agreementId: agreement.id,
    version: agreement.version,
    content: canonicalText(agreement),
    contentHash,
    savedBy,
    savedAt: new Date(),
  };
}

function revoked(id: string): HubError {
  const words = {
    zh: '协议已撤销，须以新的编号另行签订。',
    en: 'The agreement was revoked: it needs a new id.',
  };
  return invalid(words, id);
}

function invalid({ zh, en }: { readonly zh: string; readonly en: string }, agreement: string): HubError {
  return new HubError('AGREEMENT_INVALID', { hint: en, hintZh: zh, details: { agreement } });
}
