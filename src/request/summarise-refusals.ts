import { randomUUID } from 'node:crypto';
import type { AuditLog } from '../audit/log.ts';
import type { Admission } from './admission.ts';

/** Records once a minute how many refusals were not recorded one by one. The returned function writes the last one and ends. */
export function summariseRefusals(admission: Admission, log: AuditLog, now: () => Date): () => Promise<void> {
  const write = async () => {
    const { refusals, addresses } = admission.takeSummary();
    if (refusals === 0) return;
    await log.append({
      eventId: randomUUID(),
      kind: 'refusals-summary',
      at: now().toISOString(),
      requestId: randomUUID(),
      decisions: [],
      subjects: [],
      reads: [],
      outcome: { status: 429, errors: { RATE_LIMITED: refusals } },
      note: { refusals, addresses },
    });
  };
  const timer = setInterval(() => void write().catch(() => {}), 60_000);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await write();
  };
}
