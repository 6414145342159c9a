import type { FieldMapping } from '../contract/graph.ts';
import { type AccessRule, createAccessRule } from './access-ability.ts';
import type { Agreement, Grant, RowRule } from './agreement.ts';
import { parseInstant } from './calendar.ts';
import type { FieldGrant } from './combine-grants.ts';
import { isFittingMask } from './field-masks.ts';
import { isListOperation } from './list-operation.ts';
import { createAttributeResolver, isUsableScope, type ResolveAttribute } from './rule-scope.ts';
import { isSharedField } from './shared-field.ts';

/** An agreement at one instant. */
export interface CompiledAgreement {
  readonly agreement: Agreement;
  /** NaN where the instant cannot be read: such an agreement is never in force. */
  readonly validFrom: number;
  readonly validUntil: number;
  readonly isInForce: boolean;
  readonly isExhausted: boolean;
  readonly grants: readonly CompiledGrant[];
}

export interface CompiledGrant {
  readonly rule: string;
  readonly grant: Grant;
  /** Of its agreement. */
  readonly pageSize: number;
  readonly scope?: RowRule;
  readonly blocked?: NonNullable<FieldGrant['blocked']>;
  /** One per type. */
  readonly accessRules: readonly AccessRule[];
}

export interface AgreementContext {
  readonly fields: ReadonlyMap<string, FieldMapping>;
  readonly at: number;
  readonly usage?: ReadonlyMap<string, number>;
}

/** Active agreements that are in force or will be, by id and version. What is malformed in them grants nothing. */
export function compileAgreements(
  agreements: readonly Agreement[],
  context: AgreementContext,
): readonly CompiledAgreement[] {
  const resolve = createAttributeResolver(context.fields);
  const scopes = new Map<string, RowRule>();
  return agreements
    .filter(({ status }) => status === 'ACTIVE')
    .toSorted(byIdAndVersion)
    .map((agreement) => compileAgreement(agreement, context, resolve, scopes))
    .filter(({ validUntil }) => validUntil > context.at);
}

function byIdAndVersion(a: Agreement, b: Agreement): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return a.version - b.version;
}

function compileAgreement(
  agreement: Agreement,
  context: AgreementContext,
  resolve: ResolveAttribute,
  scopes: Map<string, RowRule>,
): CompiledAgreement {
  const validFrom = parseInstant(agreement.validFrom);
  const validUntil = parseInstant(agreement.validUntil);
  const isInForce = validFrom <= context.at && context.at < validUntil;
  const isExhausted = isQuotaExhausted(agreement, context.usage);
  const grants = isInForce
    ? agreement.grants.map((grant, position) => {
        const scope = combineScopes(agreement, grant, resolve, scopes);
        const rule = `${agreement.id}.v${agreement.version}#${position}`;
        return compileGrant(agreement, grant, { rule, scope, isExhausted, fields: context.fields });
      })
    : [];
  return { agreement, validFrom, validUntil, isInForce, isExhausted, grants };
}

/** An unreadable count is a full one. */
function isQuotaExhausted({ id, quota }: Agreement, usage?: ReadonlyMap<string, number>): boolean {
  return quota !== undefined && !((usage?.get(id) ?? 0) < quota.requestsPerDay);
}

/** Both scopes must hold. Equal ones become one frozen value, so that a plan can compare them by identity. */
function combineScopes(
  { rowScope, provider }: Agreement,
  grant: Grant,
  resolve: ResolveAttribute,
  scopes: Map<string, RowRule>,
): RowRule | undefined | 'UNSUPPORTED_SCOPE' {
  const parts = [rowScope, grant.rowScope].filter((part) => part !== undefined);
  if (!parts.every((part) => isUsableScope(part, provider, resolve))) return 'UNSUPPORTED_SCOPE';
  const [first, second] = parts;
  if (!first) return undefined;
  const text = JSON.stringify(second ? { op: 'and', rules: [first, second] } : first);
  const known = scopes.get(text);
  if (known) return known;
  // The text was made of a RowRule one line up.
  const scope = freezeDeeply(JSON.parse(text)) as RowRule;
  scopes.set(text, scope);
  return scope;
}

interface GrantTerms {
  readonly rule: string;
  readonly scope: RowRule | undefined | 'UNSUPPORTED_SCOPE';
  readonly isExhausted: boolean;
  readonly fields: ReadonlyMap<string, FieldMapping>;
}

function compileGrant(agreement: Agreement, grant: Grant, terms: GrantTerms): CompiledGrant {
  const { rule, scope } = terms;
  const isConditional = scope !== undefined;
  const accessRules = [...grantedNames(agreement, grant, terms.fields)].map(([type, names]) =>
    createAccessRule(grant.operation, type, names, { reason: rule, isConditional }),
  );
  const compiled = { rule, grant, pageSize: agreement.pageSize, accessRules };
  if (scope === 'UNSUPPORTED_SCOPE') return { ...compiled, blocked: 'UNSUPPORTED_SCOPE' };
  const scoped = scope ? { ...compiled, scope } : compiled;
  return terms.isExhausted ? { ...scoped, blocked: 'QUOTA_EXCEEDED' } : scoped;
}

/** By type: names of the fields that the provider owns, shares, and can be masked as the grant says. */
function grantedNames(
  { provider }: Agreement,
  grant: Grant,
  fields: ReadonlyMap<string, FieldMapping>,
): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const coordinate of grant.fields) {
    const field = fields.get(coordinate);
    if (!field || field.department !== provider || !isGrantable(grant, field)) continue;
    if (grant.operation === 'readMasked' && !grantMask(grant, field)) continue;
    const known = names.get(field.parentType);
    if (known) known.push(field.name);
    else names.set(field.parentType, [field.name]);
  }
  return names;
}

/** Registers are searched and counted, shared columns are read. */
function isGrantable({ operation }: Grant, field: FieldMapping): boolean {
  if (isListOperation(operation)) return field.kind === 'connect' && field.register !== undefined;
  return isSharedField(field) && field.share !== undefined;
}

/** The mask under which a `readMasked` grant gives the field; undefined where there is none that fits. */
export function grantMask(grant: Grant, field: FieldMapping): string | undefined {
  if (grant.operation !== 'readMasked' || field.kind !== 'column') return undefined;
  const mask = grant.mask ?? field.share?.mask;
  return mask !== undefined && isFittingMask(mask, field.typeName) ? mask : undefined;
}

function freezeDeeply(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freezeDeeply(part);
  return Object.freeze(value);
}
