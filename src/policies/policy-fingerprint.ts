import { createHash } from 'node:crypto';
import type { FieldMapping } from '../contract/graph.ts';
import type { Agreement, Client, Grant, Purpose, RowRule, RuleValue } from './agreement.ts';
import type { CompiledAgreement } from './compile-agreements.ts';
import { isSharedField } from './shared-field.ts';

/**
 * `sha256:` over everything that a decision can depend on, in canonical form: agreements in force, which of them have used
 * up their quota, active clients, purposes, and the share types of fields. Two policies with equal fingerprints decide alike;
 * the time itself is not part of it, so an unchanged policy keeps its fingerprint (and the plans made with it) from one
 * compilation to the next.
 */
export function fingerprintPolicy(content: {
  readonly agreements: readonly CompiledAgreement[];
  readonly clients: ReadonlyMap<string, Client>;
  readonly purposes: ReadonlyMap<string, Purpose>;
  readonly fields: ReadonlyMap<string, FieldMapping>;
}): string {
  const hash = createHash('sha256');
  const add = (part: readonly unknown[]) => hash.update(JSON.stringify(part, memberNames)).update('\n');
  for (const { agreement, isInForce, isExhausted } of content.agreements) {
    if (isInForce) add(['agreement', agreement, isExhausted]);
  }
  for (const client of byKey(content.clients)) if (client.status === 'ACTIVE') add(['client', client]);
  for (const purpose of byKey(content.purposes)) add(['purpose', purpose]);
  for (const field of byKey(content.fields)) add(['field', ...sharedTerms(field)]);
  return `sha256:${hash.digest('hex')}`;
}

type Member =
  | KeyOf<Agreement | Agreement['consumer'] | NonNullable<Agreement['quota']> | Grant>
  | KeyOf<RowRule | Extract<RuleValue, object> | Client | Purpose>;
type KeyOf<Part> = Part extends unknown ? keyof Part : never;

/**
 * JSON.stringify writes the members of this list alone, in its order: canonical, and ten times as fast as sorting each object.
 * The compiler holds the list complete.
 */
const memberNames = Object.keys({
  attribute: 0,
  caseRequired: 0,
  clients: 0,
  code: 0,
  consumer: 0,
  department: 0,
  fields: 0,
  grants: 0,
  gt: 0,
  gte: 0,
  id: 0,
  legalBasis: 0,
  lt: 0,
  lte: 0,
  mask: 0,
  officerRequired: 0,
  op: 0,
  operation: 0,
  pageSize: 0,
  provider: 0,
  purpose: 0,
  quota: 0,
  registeredOnly: 0,
  requestsPerDay: 0,
  roles: 0,
  rowScope: 0,
  rules: 0,
  scene: 0,
  status: 0,
  subject: 0,
  title: 0,
  validFrom: 0,
  validUntil: 0,
  value: 0,
  values: 0,
  vendor: 0,
  version: 0,
  yearsAgo: 0,
} satisfies Record<Member, 0>);

/** In the order of the keys, whatever order the rows were read in. */
function byKey<Value>(map: ReadonlyMap<string, Value>): readonly Value[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function sharedTerms(field: FieldMapping): readonly unknown[] {
  const { kind, coordinate, department, typeName } = field;
  if (!isSharedField(field)) return [kind, coordinate];
  const { share, element } = field;
  const isFilterable = field.kind === 'column' && field.isFilterable;
  const terms = [share?.as, share?.mask, share?.isGate];
  return [kind, coordinate, department, typeName, isFilterable, element, ...terms];
}
