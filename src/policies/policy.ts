import type { FieldMapping, SharedField } from '../contract/graph.ts';
import {
  type AccessAbility,
  type AccessRule,
  compileShareRules,
  createAccessAbility,
  findAccessRules,
  type ShareRules,
} from './access-ability.ts';
import type { Agreement, Client, Operation, Purpose } from './agreement.ts';
import { nextChinaMidnight } from './calendar.ts';
import { combineGrants, type FieldGrant } from './combine-grants.ts';
import {
  type CompiledAgreement,
  type CompiledGrant,
  compileAgreements,
  grantMask,
} from './compile-agreements.ts';
import { type Decision, defaultDeny, type FieldPolicy, type SubjectClass } from './decision.ts';
import { parseListCoordinate } from './list-operation.ts';
import { fingerprintPolicy } from './policy-fingerprint.ts';
import { isSharedField } from './shared-field.ts';
import { parseVerifyCoordinate } from './verify-coordinate.ts';

export interface PolicyInput {
  readonly agreements: readonly Agreement[];
  /** By id; suspended ones too. */
  readonly clients: ReadonlyMap<string, Client>;
  /** By code. */
  readonly purposes: ReadonlyMap<string, Purpose>;
  /** The graph's fields. */
  readonly fields: ReadonlyMap<string, FieldMapping>;
  /** The instant of the snapshot, ms. */
  readonly at: number;
  /** Requests of today (China Standard Time) by agreement id. Without an entry: none yet. */
  readonly usage?: ReadonlyMap<string, number>;
}

/** Decisions of more classes than this are forgotten, oldest first, and made again when asked for. */
const maxClasses = 4096;
const maxPageSize = 1000;
const notShared: Decision = Object.freeze({ effect: 'DENY', rule: 'default-deny', reason: 'NOT_SHARED' });

/**
 * Agreements, share types, clients and purposes at one instant, as a function of (class of callers, field). Pure and
 * total: `decide` never throws, and whatever is unknown, malformed or out of force is denied. Values come from the hub's own
 * tables and contract files; the class must come from `createSubjectClass`, whose keys never collide. The input must not change
 * afterwards: compile again when a row or the use of a quota changes, and at `validUntil`. The result keeps decisions per class
 * and coordinate, so it belongs to one schema and lives as long as the snapshot.
 */
export function compilePolicy(input: PolicyInput): FieldPolicy {
  const agreements = compileAgreements(input.agreements, input);
  const index = indexAgreements(agreements);
  const share = compileShareRules(input.fields);
  const classes = new Map<string, ClassPolicy>();
  const classOf = (subject: SubjectClass): ClassPolicy => {
    const known = classes.get(subject.key);
    if (known) return known;
    const oldest = classes.size >= maxClasses ? classes.keys().next().value : undefined;
    if (oldest !== undefined) classes.delete(oldest);
    const made = isRegistered(subject, input) ? compileClass(subject, index, share, input.at) : nobody;
    classes.set(subject.key, made);
    return made;
  };
  return Object.freeze({
    fingerprint: fingerprintPolicy({ ...input, agreements }),
    decide: (subject: SubjectClass, coordinate: string) =>
      decideField(classOf(subject), coordinate, input.fields),
    validUntil: (subject: SubjectClass) => classOf(subject).validUntil,
    pageSize: (subject: SubjectClass, coordinate: string) =>
      smallestPage(classOf(subject), coordinate, input.fields),
  });
}

/** One class of callers: its ability, and what was decided so far. */
interface ClassPolicy {
  /** Absent: everything is denied. */
  readonly ability?: AccessAbility;
  readonly grants: ReadonlyMap<AccessRule, CompiledGrant>;
  readonly decisions: Map<string, Decision>;
  readonly validUntil: number;
}

const nobody: ClassPolicy = {
  grants: new Map(),
  decisions: new Map(),
  validUntil: Number.POSITIVE_INFINITY,
};

/** The 10,000 rules of a city are looked at only once, here: a class reads those of its own client and purpose. */
type AgreementIndex = ReadonlyMap<string, ReadonlyMap<string, readonly CompiledAgreement[]>>;

function indexAgreements(agreements: readonly CompiledAgreement[]): AgreementIndex {
  const index = new Map<string, Map<string, CompiledAgreement[]>>();
  for (const compiled of agreements) {
    const { consumer, purpose } = compiled.agreement;
    for (const client of new Set(consumer.clients)) {
      const purposes = index.get(client) ?? new Map<string, CompiledAgreement[]>();
      index.set(client, purposes);
      const known = purposes.get(purpose);
      if (known) known.push(compiled);
      else purposes.set(purpose, [compiled]);
    }
  }
  return index;
}

function isRegistered(subject: SubjectClass, { clients, purposes }: PolicyInput): boolean {
  const client = clients.get(subject.client);
  return (
    client?.status === 'ACTIVE' && client.department === subject.department && purposes.has(subject.purpose)
  );
}

function compileClass(
  subject: SubjectClass,
  index: AgreementIndex,
  share: ShareRules,
  at: number,
): ClassPolicy {
  const candidates = index.get(subject.client)?.get(subject.purpose) ?? [];
  const agreements = candidates.filter(({ agreement }) => isConsumer(subject, agreement));
  const inForce = agreements.filter(({ isInForce }) => isInForce);
  const grants = new Map<AccessRule, CompiledGrant>();
  for (const grant of inForce.flatMap((compiled) => compiled.grants)) {
    for (const rule of grant.accessRules) grants.set(rule, grant);
  }
  return {
    ability: createAccessAbility(share, [...grants.keys()]),
    grants,
    decisions: new Map(),
    validUntil: nextBoundary(agreements, at),
  };
}

function isConsumer(subject: SubjectClass, { consumer }: Agreement): boolean {
  if (consumer.department !== subject.department) return false;
  if (consumer.roles && !consumer.roles.some((role) => subject.roles.includes(role))) return false;
  return subject.hasOfficer || consumer.officerRequired !== true;
}

/**
 * Terms that begin or end, and midnight in China where a quota is used up: it then opens again. A quota that is not used up
 * changes with its use, not with time. `yearsAgo` is no boundary either: a decision holds the rule unbound, and each
 * request binds its own today.
 */
function nextBoundary(agreements: readonly CompiledAgreement[], at: number): number {
  const instants = agreements.flatMap(({ validFrom, validUntil, isInForce, isExhausted }) => [
    validFrom,
    validUntil,
    ...(isInForce && isExhausted ? [nextChinaMidnight(at)] : []),
  ]);
  return Math.min(Number.POSITIVE_INFINITY, ...instants.filter((instant) => instant > at));
}

function decideField(
  policy: ClassPolicy,
  coordinate: string,
  fields: ReadonlyMap<string, FieldMapping>,
): Decision {
  const known = policy.decisions.get(coordinate);
  if (known) return known;
  const listed = parseListCoordinate(coordinate);
  if (listed) return decideList(policy, listed, fields);
  const verified = parseVerifyCoordinate(coordinate);
  const field = fields.get(verified ?? coordinate);
  // Not kept: only known coordinates may take memory.
  if (!policy.ability || !field || !isSharedField(field)) return defaultDeny;
  const decide = verified === undefined ? decideShared : decideVerified;
  const decision = Object.freeze(decide(policy.ability, policy.grants, field));
  policy.decisions.set(coordinate, decision);
  return decision;
}

function decideShared(
  ability: AccessAbility,
  grants: ReadonlyMap<AccessRule, CompiledGrant>,
  field: SharedField,
): Decision {
  if (!field.share) return notShared;
  const found = findAccessRules(ability, field.parentType, field.name);
  if ('forbiddenBy' in found) return { effect: 'DENY', rule: found.forbiddenBy, reason: 'NOT_SHARED' };
  return combineGrants(found.rules.map((rule) => toFieldGrant(rule, grants.get(rule), field)));
}

const readOperations: readonly Operation[] = ['read', 'readMasked'];
const verifyOperations: readonly Operation[] = ['verify', 'read'];

/** May a value that the caller holds be compared? Whoever may read the field clear may, and whoever is granted `verify`, in those rows. */
function decideVerified(
  ability: AccessAbility,
  grants: ReadonlyMap<AccessRule, CompiledGrant>,
  field: SharedField,
): Decision {
  if (!field.share) return notShared;
  const found = findAccessRules(ability, field.parentType, field.name, verifyOperations);
  if ('forbiddenBy' in found) return { effect: 'DENY', rule: found.forbiddenBy, reason: 'NOT_SHARED' };
  const opening = found.rules.map((rule) => toFieldGrant(rule, grants.get(rule), field));
  return combineGrants(opening.map((grant) => ({ ...grant, operation: 'read' })));
}

/** May the register be searched, or counted? The same rules in the same ability: only the operation is another. */
function decideList(
  { ability, grants }: ClassPolicy,
  { register, operation }: NonNullable<ReturnType<typeof parseListCoordinate>>,
  fields: ReadonlyMap<string, FieldMapping>,
): Decision {
  const field = fields.get(register);
  if (!ability || field?.kind !== 'connect' || !field.register) return defaultDeny;
  const found = findAccessRules(ability, field.parentType, field.name, [operation]);
  const rules = 'rules' in found ? found.rules : [];
  const opening = rules.map((rule) => toFieldGrant(rule, grants.get(rule), field));
  return combineGrants(opening.map((grant) => ({ ...grant, operation: 'read' })));
}

/** A grant that opens no row at present bounds nothing, and none does where the owner shares with everybody. `verify` bounds verifying alone. */
function smallestPage(
  { ability, grants }: ClassPolicy,
  coordinate: string,
  fields: ReadonlyMap<string, FieldMapping>,
): number {
  const listed = parseListCoordinate(coordinate);
  const verified = parseVerifyCoordinate(coordinate);
  const field = fields.get(listed?.register ?? verified ?? coordinate);
  if (!ability || field?.kind !== (listed ? 'connect' : 'column')) return 0;
  const operations = listed ? [listed.operation] : verified === undefined ? readOperations : verifyOperations;
  const found = findAccessRules(ability, field.parentType, field.name, operations);
  const rules = 'rules' in found ? found.rules : [];
  if (!rules.every((rule) => grants.has(rule))) return 0;
  const opening = rules.flatMap((rule) => grants.get(rule) ?? []).filter(({ blocked }) => !blocked);
  return opening.length === 0 ? 0 : Math.min(maxPageSize, ...opening.map(({ pageSize }) => pageSize));
}

/** A rule without a grant comes from the owner's share type. */
function toFieldGrant(
  access: AccessRule,
  compiled: CompiledGrant | undefined,
  field: FieldMapping,
): FieldGrant {
  if (!compiled) return { rule: access.reason ?? 'default-deny', operation: 'read' };
  const { rule, grant, scope, blocked } = compiled;
  const mask = grantMask(grant, field);
  return {
    rule,
    operation: grant.operation,
    ...(mask === undefined ? {} : { mask }),
    ...(scope ? { scope } : {}),
    ...(blocked ? { blocked } : {}),
  };
}
