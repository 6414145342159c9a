import type { RowRule } from './agreement.ts';

/**
 * What the policy says of one field for one class of callers, before any fetch. `rule` names who said so:
 * `AGR-2026-0001.v3#0`, `share:UNCONDITIONAL`, `share:NON_SHARED`, `default-deny`.
 */
export type Decision =
  | { readonly effect: 'PERMIT'; readonly rule: string }
  | { readonly effect: 'MASK'; readonly mask: string; readonly rule: string }
  | {
      readonly effect: 'PERMIT_IF';
      /** Rows must satisfy it; where they do not, the answer is that of a person without a record. */
      readonly when: RowRule;
      /** What is given where the rule holds: masked with it, or clear. */
      readonly mask?: string;
      readonly rule: string;
    }
  | {
      readonly effect: 'DENY';
      readonly rule: string;
      readonly reason: 'NO_AGREEMENT' | 'NOT_SHARED' | 'VERIFY_ONLY' | 'QUOTA_EXCEEDED' | 'UNSUPPORTED_SCOPE';
    };

/** For what nobody has agreed to, and no policy could have meant. */
export const defaultDeny: Decision & { readonly effect: 'DENY' } = Object.freeze({
  effect: 'DENY',
  rule: 'default-deny',
  reason: 'NO_AGREEMENT',
});

/**
 * The class of callers for which one plan is valid: client, department, purpose, roles, whether an officer is named, the
 * division. Two callers with equal keys get equal decisions.
 */
export interface SubjectClass {
  readonly key: string;
  readonly client: string;
  readonly department: string;
  readonly purpose: string;
  readonly roles: readonly string[];
  readonly hasOfficer: boolean;
  readonly region?: string;
}

/** Decides fields. Pure: one frozen snapshot of agreements at one instant. */
export interface FieldPolicy {
  /** Changes with any agreement, client or purpose row that is in force. */
  readonly fingerprint: string;
  /**
   * `coordinate` is resolved (parent type, field name), never a response key; or a register and what is done with it
   * (`Resident.police#search`); or a field that is to be verified (`PoliceRecord.name#verify`). Unknown ones are denied.
   */
  decide(subject: SubjectClass, coordinate: string): Decision;
  /** The earliest instant (ms) at which any decision for this class could change by time alone. */
  validUntil(subject: SubjectClass): number;
  /** Residents in one request: the smallest page size of the agreements that open this field to the class; 0 if it needs none or none does. */
  pageSize(subject: SubjectClass, coordinate: string): number;
}
