import type { ColumnField, Coordinate, FieldMapping, Share } from '../../src/contract/graph.ts';
import type { Agreement, Client, Grant, Purpose } from '../../src/policies/agreement.ts';
import type { FieldPolicy, SubjectClass } from '../../src/policies/decision.ts';
import { compilePolicy, type PolicyInput } from '../../src/policies/policy.ts';
import { createSubjectClass } from '../../src/policies/subject-class.ts';

/** Small parts with defaults, so that each test shows only what matters to it. */

export const noon = Date.parse('2026-03-15T12:00:00+08:00');

type ColumnChanges = Partial<Omit<ColumnField, 'share'>> & { readonly share?: Partial<Share> | null };

export function column(coordinate: string, changes: ColumnChanges = {}): ColumnField {
  const [parentType = '', name = ''] = coordinate.split('.');
  const { share, ...others } = changes;
  return {
    kind: 'column',
    coordinate: coordinate as Coordinate,
    parentType,
    name,
    typeName: 'String',
    department: parentType.startsWith('Civil') ? 'civil-affairs' : 'police',
    columns: { '*': { column: name.toLowerCase() } },
    isFilterable: false,
    ...others,
    ...(share === null
      ? {}
      : { share: { as: 'CONDITIONAL', level: 2, mask: 'NAME', isGate: false, ...share } }),
  };
}

export function fieldMap(...fields: readonly FieldMapping[]): ReadonlyMap<string, FieldMapping> {
  return new Map(fields.map((field) => [field.coordinate, field]));
}

export const fields = fieldMap(
  column('PoliceRecord.name', { element: 'Resident.name' }),
  column('PoliceRecord.sex', { typeName: 'Sex', share: { as: 'UNCONDITIONAL' } }),
  column('PoliceRecord.birthDate', {
    typeName: 'Date',
    isFilterable: true,
    share: { mask: 'YEAR', isGate: true },
  }),
  column('PoliceRecord.divisionCode', {
    isFilterable: true,
    element: 'Resident.divisionCode',
    share: { isGate: true },
  }),
  column('PoliceRecord.watchFlag', { share: { as: 'NON_SHARED', basis: '《居民身份证法》' } }),
  column('PoliceRecord.unsaid', { share: null }),
  column('PoliceHousehold.headName'),
  column('CivilRecord.name'),
  column('CivilRecord.district', { isFilterable: true }),
);

export function agreement(changes: Partial<Agreement> & { readonly grants: readonly Grant[] }): Agreement {
  return {
    id: 'AGR-1',
    version: 1,
    title: '协议',
    consumer: { department: 'mediation', clients: ['center'] },
    provider: 'police',
    purpose: 'dispute-mediation',
    legalBasis: '《中华人民共和国人民调解法》',
    validFrom: '2026-01-01T00:00:00+08:00',
    validUntil: '2029-01-01T00:00:00+08:00',
    status: 'ACTIVE',
    pageSize: 100,
    ...changes,
  };
}

export const center: Client = {
  id: 'center',
  department: 'mediation',
  title: '矛调中心',
  registeredOnly: false,
  status: 'ACTIVE',
};
export const mediation: Purpose = { code: 'dispute-mediation', title: '矛盾纠纷调解', caseRequired: true };

export function policyOf(agreements: readonly Agreement[], changes: Partial<PolicyInput> = {}): FieldPolicy {
  return compilePolicy({
    agreements,
    clients: new Map([[center.id, center]]),
    purposes: new Map([[mediation.code, mediation]]),
    fields,
    at: noon,
    ...changes,
  });
}

export function subject(
  changes: Partial<Pick<SubjectClass, 'client' | 'department' | 'purpose' | 'roles' | 'region'>> & {
    readonly officer?: string;
  } = {},
): SubjectClass {
  const { client = 'center', department = 'mediation', purpose = 'dispute-mediation', roles = [] } = changes;
  const { officer, region } = changes;
  return createSubjectClass({
    purpose,
    subject: {
      ...{ client, department, roles, purposes: [purpose], issuer: 'i', tokenId: 't', expiresAt: 0 },
      ...(officer === undefined ? {} : { officer }),
      ...(region === undefined ? {} : { region }),
    },
  });
}
