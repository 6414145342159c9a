import { HubError } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { AgreementModel } from '../generated/prisma/models.ts';
import type { Agreement } from './agreement.ts';
import { canonicalText, hashContent } from './canonical-text.ts';

/** The version that a document would become: known members alone, and its times in one form. */
export function createVersion(
  terms: Omit<Agreement, 'version'>,
  version: number,
  status: Agreement['status'],
): Agreement {
  const { id, title, consumer, provider, purpose, legalBasis, scene, grants, rowScope, quota, pageSize } =
    terms;
  const { department, clients, roles, officerRequired } = consumer;
  return {
    ...{ id, version, title, provider, purpose, legalBasis, grants, status, pageSize },
    consumer: { department, clients, ...present({ roles, officerRequired }) },
    ...present({ scene, rowScope, quota: quota && { requestsPerDay: quota.requestsPerDay } }),
    validFrom: toInstant(terms.validFrom, id),
    validUntil: toInstant(terms.validUntil, id),
  };
}

export function toRow(agreement: Agreement): Prisma.AgreementCreateManyInput {
  const { id, version, title, consumer, provider, purpose, legalBasis, scene, status, pageSize } = agreement;
  return {
    ...{ id, version, title, provider, purpose, legalBasis, status, pageSize },
    scene: scene ?? null,
    consumerDepartment: consumer.department,
    clients: [...consumer.clients],
    rolesRequired: consumer.roles !== undefined,
    roles: [...(consumer.roles ?? [])],
    officerRequired: consumer.officerRequired ?? null,
    grants: toJson(agreement.grants),
    rowScope: agreement.rowScope ? toJson(agreement.rowScope) : Prisma.DbNull,
    validFrom: new Date(agreement.validFrom),
    validUntil: new Date(agreement.validUntil),
    requestsPerDay: agreement.quota?.requestsPerDay ?? null,
    contentHash: hashContent(canonicalText(agreement)),
  };
}

/**
 * The agreement that was stored in this row. A row whose content no longer fits its hash was not written by an import: it is
 * refused with `POLICY_UNAVAILABLE` rather than trusted or quietly left out.
 */
export function fromRow(row: AgreementModel): Agreement {
  const { id, version, title, provider, purpose, legalBasis, status, pageSize } = row;
  const roles = row.rolesRequired ? row.roles : undefined;
  const agreement = {
    ...{ id, version, title, provider, purpose, legalBasis, grants: row.grants, status, pageSize },
    consumer: {
      department: row.consumerDepartment,
      clients: row.clients,
      ...present({ roles, officerRequired: row.officerRequired ?? undefined }),
    },
    ...present({
      scene: row.scene ?? undefined,
      rowScope: row.rowScope ?? undefined,
      quota: row.requestsPerDay === null ? undefined : { requestsPerDay: row.requestsPerDay },
    }),
    validFrom: row.validFrom.toISOString(),
    validUntil: row.validUntil.toISOString(),
  };
  if (hashContent(canonicalText(agreement)) !== row.contentHash) throw changedByHand(id);
  // Its hash says that this is what `toRow` was given, trees included.
  return agreement as unknown as Agreement;
}

/** Absent members stay absent: with exact optional types, and in the hash, undefined is something else. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  // fromEntries is typed by values alone.
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function toInstant(text: string, agreement: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !/^\d{4}-/.test(time.toISOString())) {
    throw new HubError('AGREEMENT_INVALID', {
      hint: 'A time is not an instant (RFC 3339).',
      details: { agreement },
    });
  }
  return time.toISOString();
}

/** A copy in plain JSON: Prisma's type knows no readonly lists. */
function toJson(value: object): Prisma.InputJsonValue {
  return JSON.parse(canonicalText(value));
}

function changedByHand(agreement: string): HubError {
  return new HubError('POLICY_UNAVAILABLE', {
    hint: 'An agreement in the database does not fit its hash: it was changed by hand or is damaged.',
    details: { agreement },
  });
}
