import { randomUUID } from 'node:crypto';
import type { AccessEntry } from '../audit/entry.ts';
import type { AuditLog } from '../audit/log.ts';
import { HubError } from '../errors.ts';
import type { RefusalSummary } from './refusal-tally.ts';
import { describeSubject } from './story.ts';

/** Summaries that wait for room in the log. */
const maxKept = 1_000;

export interface SummaryParts {
  readonly take: () => readonly RefusalSummary[];
  readonly log: Pick<AuditLog, 'append'>;
  readonly now: () => Date;
  /** For the operator, who else would not hear of a flood before looking into the log. */
  readonly report: (summary: RefusalSummary) => void;
}

/** Records once a minute how many refusals were not recorded one by one. The returned function writes the last ones and ends. */
export function summariseRefusals({ take, log, now, report }: SummaryParts): () => Promise<void> {
  let kept: RefusalSummary[] = [];
  const append = (summary: RefusalSummary) =>
    log.append(toEntry(summary, now())).catch((error: unknown) => {
      // Only then it is certain that it was not written.
      const isTurnedAway = error instanceof HubError && error.code === 'OVERLOADED';
      if (isTurnedAway && kept.length < maxKept) kept.push(summary);
      throw error;
    });
  const write = async () => {
    const [before, taken] = [kept, take()];
    kept = [];
    for (const summary of taken) report(summary);
    await Promise.all([...before, ...taken].map(append));
  };
  const timer = setInterval(() => void write().catch(() => {}), 60_000);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await write();
  };
}

function toEntry({ subject, refusals, addresses, errors }: RefusalSummary, at: Date): AccessEntry {
  return {
    eventId: randomUUID(),
    kind: 'refusals-summary',
    at: at.toISOString(),
    requestId: randomUUID(),
    ...(subject ? { caller: describeSubject(subject) } : {}),
    decisions: [],
    subjects: [],
    reads: [],
    outcome: { status: 429, errors },
    note: { refusals, addresses },
  };
}
