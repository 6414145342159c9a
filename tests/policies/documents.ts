import type { PolicyDocument } from '../../src/policies/policy-store.ts';

type DocumentOf<Kind> = Extract<PolicyDocument, { kind: Kind }>;

/** A valid agreement that uses everything optional, except where told otherwise. */
export function createAgreementDocument(
  changes: Partial<DocumentOf<'agreement'>> = {},
): DocumentOf<'agreement'> {
  return {
    kind: 'agreement',
    id: 'AGR-2026-0001',
    title: '户籍核验',
    consumer: { department: 'civil-affairs', clients: ['one-stop'], roles: ['clerk'], officerRequired: true },
    provider: 'police',
    purpose: 'aid',
    legalBasis: '社会救助暂行办法',
    scene: '救助申请',
    grants: [
      { fields: ['PoliceRecord.name'], operation: 'readMasked', mask: 'NAME' },
      {
        fields: ['PoliceRecord.sex', 'PoliceRecord.birthDate'],
        operation: 'read',
        rowScope: { op: 'range', attribute: 'PoliceRecord.birthDate', lte: { yearsAgo: 18 } },
      },
    ],
    rowScope: { op: 'prefix', attribute: 'Resident.divisionCode', value: { subject: 'region' } },
    validFrom: '2026-01-01T00:00:00+08:00',
    validUntil: '2027-01-01T00:00:00+08:00',
    status: 'ACTIVE',
    quota: { requestsPerDay: 1000 },
    pageSize: 100,
    ...changes,
  };
}

export function createPurposeDocument(changes: Partial<DocumentOf<'purpose'>> = {}): DocumentOf<'purpose'> {
  return { kind: 'purpose', code: 'aid', title: '社会救助', caseRequired: true, ...changes };
}

export function createClientDocument(changes: Partial<DocumentOf<'client'>> = {}): DocumentOf<'client'> {
  return {
    kind: 'client',
    id: 'one-stop',
    department: 'civil-affairs',
    title: '一窗通办',
    vendor: '某某科技',
    registeredOnly: false,
    status: 'ACTIVE',
    ...changes,
  };
}
