export interface AuditLimits {
  /** Records that may wait. `admit` refuses at half of it, so that who was let in still finds room for its record. */
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
  /** From append to receipt. */
  readonly deadlineMs: number;
  /** Work has waited so long without any commit: nobody is let in. */
  readonly staleAfterMs: number;
  /** Pause after a failed flush, doubled up to the maximum. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
  /** How long `close` tries to write what is queued. */
  readonly closeMs: number;
}

export const defaultAuditLimits: AuditLimits = {
  maxQueued: 8_192,
  maxQueuedBytes: 64_000_000,
  maxBatchRecords: 256,
  maxBatchBytes: 1_000_000,
  deadlineMs: 2_000,
  staleAfterMs: 1_000,
  retryMs: 20,
  maxRetryMs: 1_000,
  closeMs: 5_000,
};
