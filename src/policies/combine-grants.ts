import type { Operation, RowRule } from './agreement.ts';
import type { Decision } from './decision.ts';
import { strictestMask } from './field-masks.ts';

/** One grant of one field to one class of callers, as the compiled ability found it. */
export interface FieldGrant {
  /** `AGR-2026-0001.v3#0`. */
  readonly rule: string;
  readonly operation: Operation;
  /** Of `readMasked`: already resolved, and fitting the field. */
  readonly mask?: string;
  /** Absent: every row. */
  readonly scope?: RowRule;
  /** Why it opens no row at present. It still binds: see below. */
  readonly blocked?: 'QUOTA_EXCEEDED' | 'UNSUPPORTED_SCOPE';
}

/**
 * What several grants of one field come to. A grant only ever adds, there is no negative one; but a `Decision` has one
 * row rule and one mask, so it cannot say "clear in these rows, masked in those". What it cannot say is rounded down.
 *
 * 1. `read` of every row: PERMIT. The owner has said in so many words that this caller sees the value of everybody.
 * 2. Only `read`s of some rows: PERMIT_IF over all their scopes (or), clear.
 * 3. Any `readMasked` among them, short of 1: the strictest of all their masks, in every row that any grant opens
 *    (MASK if a masked grant opens them all, else PERMIT_IF with the mask over all scopes).
 * 4. Only `verify`: DENY, VERIFY_ONLY.
 *
 * Why 3 is safe: let a row be opened by some set of grants. Whichever they are, each of them allows at least the masked
 * value shown, because a mask shows no more than the clear value and the strictest no more than each mask. Nothing is shown
 * in a row that no grant opens. The alternatives are not safe or not useful: "clear wins" would show clear values in rows
 * that only a masked grant opens; "clear in its own scope, nothing elsewhere" would make a second agreement take away rows.
 * The price: a new masked agreement turns another one's clear rows into masked ones for the same client and purpose.
 * Within one agreement such a mix is refused when it is imported.
 *
 * Blocked grants (quota used up, scope not understood) open no row, yet their masks count in 3. Otherwise a client could
 * use up the quota of a masked grant in order to see the rows of another one clear.
 *
 * `grants` must come in a fixed order: the decision names rules in it, joined by `|`.
 */
export function combineGrants(grants: readonly FieldGrant[]): Decision {
  const open = grants.filter((grant) => !grant.blocked && grant.operation !== 'verify');
  const unlimited = open.find((grant) => grant.operation === 'read' && !grant.scope);
  if (unlimited) return { effect: 'PERMIT', rule: unlimited.rule };
  if (open.length === 0) return denyWithout(grants);
  const masks = grants.flatMap(({ mask }) => mask ?? []);
  if (masks.length === 0) return { effect: 'PERMIT_IF', when: anyScope(open), rule: ruleNames(open) };
  return maskedDecision(grants, open, strictestMask(masks));
}

function maskedDecision(grants: readonly FieldGrant[], open: readonly FieldGrant[], mask: string): Decision {
  const everywhere = open.filter((grant) => !grant.scope);
  const opening = everywhere.length > 0 ? everywhere : open;
  const strict = grants.filter((grant) => grant.mask === mask);
  const rule = ruleNames(grants.filter((grant) => opening.includes(grant) || strict.includes(grant)));
  return everywhere.length > 0
    ? { effect: 'MASK', mask, rule }
    : { effect: 'PERMIT_IF', when: anyScope(open), mask, rule };
}

/** Refusals by what the caller can do about them: wait for tomorrow, have the agreement mended, use `verify`, apply. */
function denyWithout(grants: readonly FieldGrant[]): Decision {
  for (const reason of ['QUOTA_EXCEEDED', 'UNSUPPORTED_SCOPE'] as const) {
    const blocked = grants.find((grant) => grant.blocked === reason && grant.operation !== 'verify');
    if (blocked) return { effect: 'DENY', rule: blocked.rule, reason };
  }
  const verify = grants.find((grant) => grant.operation === 'verify');
  return verify
    ? { effect: 'DENY', rule: verify.rule, reason: 'VERIFY_ONLY' }
    : { effect: 'DENY', rule: 'default-deny', reason: 'NO_AGREEMENT' };
}

/** Every grant given here has a scope. */
function anyScope(grants: readonly FieldGrant[]): RowRule {
  const scopes = grants.flatMap(({ scope }) => scope ?? []);
  const distinct = [...new Map(scopes.map((scope) => [JSON.stringify(scope), scope])).values()];
  const [only] = distinct;
  return only && distinct.length === 1 ? only : { op: 'or', rules: distinct };
}

function ruleNames(grants: readonly FieldGrant[]): string {
  return grants.map(({ rule }) => rule).join('|');
}
