import type { RowRule, RuleValue } from './agreement.ts';
import type { Place } from './document-problems.ts';
import {
  distinct,
  flag,
  instant,
  integer,
  isObject,
  list,
  name,
  object,
  oneOf,
  type Reader,
  text,
} from './document-readers.ts';
import { scopeLimits } from './rule-scope.ts';

/** Forms of names, and sizes. */
export const documentLimits = {
  fileBytes: 1_048_576,
  documentsPerFile: 1000,
  /** Of one import, so that its record can name all that it changed. */
  documents: 2000,
  nesting: 40,
  clients: 200,
  roles: 50,
  grants: 200,
  fields: 500,
  pageSize: 1000,
  requestsPerDay: 100_000_000,
  operation: 100_000,
} as const;

const limits = documentLimits;
const code = name(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower-case-words');
/** No `.`, `#` and `|`: they part the id of a rule from its version, its position and the next rule. */
const agreementId = name(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, 'AGR-2026-0001');
const clientId = name(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, 'client-name');
const role = name(/^[a-z][a-z0-9:_-]{0,63}$/, 'role-name');
const coordinate = text(200);

/** Structure alone: what the names refer to is checked by `checkAgreement`. */
const grant = object(
  {
    fields: distinct(coordinate, { max: limits.fields }),
    operation: oneOf('read', 'readMasked', 'verify', 'search', 'count'),
  },
  { mask: text(40), rowScope: readScope },
);

export const readPurpose = object({ kind: oneOf('purpose'), code, title: text(100), caseRequired: flag }, {});

export const readClient = object(
  { kind: oneOf('client'), id: clientId, department: code, title: text(100) },
  { vendor: text(100), registeredOnly: flag, status: oneOf('ACTIVE', 'SUSPENDED') },
);

export const readOperation = object(
  { kind: oneOf('operation'), code, title: text(100), document: text(limits.operation) },
  { clients: distinct(clientId, { max: limits.clients }), status: oneOf('ACTIVE', 'SUSPENDED') },
);

export const readAgreement = object(
  {
    kind: oneOf('agreement'),
    id: agreementId,
    title: text(200),
    consumer: object(
      { department: code, clients: distinct(clientId, { max: limits.clients }) },
      { roles: distinct(role, { max: limits.roles }), officerRequired: flag },
    ),
    provider: code,
    purpose: code,
    legalBasis: text(2000),
    grants: list(grant, { min: 1, max: limits.grants }),
    validFrom: instant,
    validUntil: instant,
  },
  {
    scene: text(2000),
    rowScope: readScope,
    status: oneOf('ACTIVE', 'SUSPENDED', 'REVOKED'),
    quota: object({ requestsPerDay: integer(1, limits.requestsPerDay) }, {}),
    pageSize: integer(1, limits.pageSize),
  },
);

export type OperationMembers = NonNullable<ReturnType<typeof readOperation>>;
export type AgreementMembers = NonNullable<ReturnType<typeof readAgreement>>;
export type GrantMembers = NonNullable<ReturnType<typeof grant>>;

function readScope(value: unknown, place: Place): RowRule | undefined {
  const budget = { terms: scopeLimits.terms as number };
  return readRule(value, place, { depth: scopeLimits.depth, budget });
}

interface RuleRoom {
  readonly depth: number;
  readonly budget: { terms: number };
}

const readOp = oneOf('eq', 'in', 'prefix', 'range', 'and', 'or');

/** A rule is read whole or not at all: of half a rule nothing can be said. */
function readRule(value: unknown, place: Place, room: RuleRoom): RowRule | undefined {
  room.budget.terms -= 1;
  if (room.depth <= 0 || room.budget.terms < 0) {
    place.report('rule-too-large');
    return undefined;
  }
  if (!isObject(value)) {
    place.report('not-an-object');
    return undefined;
  }
  const op = readOp(value['op'], place.member('op'));
  if (!op) return undefined;
  const { required, optional } = ruleShape(op, { ...room, depth: room.depth - 1 });
  const members = object(required, optional)(value, place) ?? {};
  const isComplete = Object.keys(required).every((member) => isWhole(Object.entries(members), member));
  // Every member that this op requires was read by the reader for it.
  return isComplete ? (members as RowRule) : undefined;
}

function isWhole(members: readonly [string, unknown][], wanted: string): boolean {
  return members.some(
    ([member, value]) => member === wanted && !(Array.isArray(value) && value.includes(undefined)),
  );
}

type RuleShape = Readonly<Record<'required' | 'optional', Readonly<Record<string, Reader<unknown>>>>>;

function ruleShape(op: RowRule['op'], room: RuleRoom): RuleShape {
  const comparison = { op: readOp, attribute: coordinate };
  switch (op) {
    case 'in':
      return {
        required: { ...comparison, values: list(readValue, { min: 1, max: scopeLimits.values }) },
        optional: {},
      };
    case 'range':
      return {
        required: comparison,
        optional: { gte: readValue, gt: readValue, lte: readValue, lt: readValue },
      };
    case 'and':
    case 'or': {
      const part: Reader<RowRule> = (value, place) => readRule(value, place, room);
      return {
        required: { op: readOp, rules: list(part, { min: 1, max: scopeLimits.terms }) },
        optional: {},
      };
    }
    default:
      return { required: { ...comparison, value: readValue }, optional: {} };
  }
}

const readSubject = object({ subject: oneOf('region', 'department', 'case') }, {});
const readYearsAgo = object({ yearsAgo: integer(0, 150) }, {});
const readText = text(200);

function readValue(value: unknown, place: Place): RuleValue | undefined {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  if (typeof value === 'string') return readText(value, place);
  if (!isObject(value)) {
    place.report('value-type', 'text, number, true, false, subject, yearsAgo');
    return undefined;
  }
  const reader: Reader<object> = Object.hasOwn(value, 'yearsAgo') ? readYearsAgo : readSubject;
  // Each of the two readers gives its own form of RuleValue, or has reported why not.
  return reader(value, place) as RuleValue | undefined;
}
