import { randomUUID } from 'node:crypto';
import type { AccessEntry, ChangedObject, Receipt, RecordedAct } from '../audit/entry.ts';
import type { AuditLog } from '../audit/log.ts';
import { errorTable, HubError } from '../errors.ts';
import { type ActWords, checkActWords, keepFitWords } from './act-words.ts';

export interface Act extends ActWords {
  readonly action: string;
}

export interface ActReport {
  /** Empty where everything was as wanted before. */
  readonly changed: readonly ChangedObject[];
  /** Of the record that says how the act ended. */
  readonly receipt: Receipt;
}

/** Puts operators' commands on record. Safe to use concurrently. */
export interface ActLog {
  /** The result of the checks. What they throw is recorded as REFUSED, then thrown; nothing has begun by then. */
  check<T>(act: Act, run: () => Promise<T>): Promise<T>;
  /**
   * Runs `effect` between two records: INTENT is durable before it begins, DONE or FAILED after it ended. Without the first nothing
   * changes. Rejects with the effect's error; and with `AUDIT_UNAVAILABLE` where the change was made but its outcome could not be
   * recorded in time: the log still tries.
   */
  carryOut(
    act: Act & Pick<RecordedAct, 'contentHash'>,
    effect: () => Promise<readonly ChangedObject[]>,
  ): Promise<ActReport>;
  /** A command that could not even be read. */
  refuse(act: Act, error: unknown): Promise<void>;
}

export function createActLog(log: Pick<AuditLog, 'append'>, now: () => Date): ActLog {
  const write = (requestId: string, act: RecordedAct, error?: HubError): Promise<Receipt> =>
    log.append(toEntry({ requestId, at: now(), act, error }));

  async function refuse(act: Act, error: unknown): Promise<void> {
    const known = toHubError(error);
    const { action } = act;
    await write(
      randomUUID(),
      { action, outcome: 'REFUSED', ...keepFitWords(act), ...describeProblems(known) },
      known,
    );
  }

  return {
    refuse,
    async check(act, run) {
      try {
        checkActWords(act);
        return await run();
      } catch (error) {
        await refuse(act, error);
        throw error;
      }
    },
    async carryOut(act, effect) {
      const requestId = randomUUID();
      await write(requestId, { ...act, outcome: 'INTENT' });
      const changed = await effect().catch(async (error: unknown) => {
        // The intent stands in the log, whatever becomes of this record.
        await write(requestId, { ...act, outcome: 'FAILED' }, toHubError(error)).catch(() => {});
        throw error;
      });
      const contentHash = act.contentHash ?? (changed.length === 1 ? changed[0]?.contentHash : undefined);
      const done: RecordedAct = { ...act, outcome: 'DONE', changed, ...(contentHash ? { contentHash } : {}) };
      const receipt = await write(requestId, done).catch((cause: unknown) => {
        throw doneWithoutRecord(cause);
      });
      return { changed, receipt };
    },
  };
}

function toEntry(record: {
  readonly requestId: string;
  readonly at: Date;
  readonly act: RecordedAct;
  readonly error: HubError | undefined;
}): AccessEntry {
  const { requestId, at, act, error } = record;
  return {
    eventId: randomUUID(),
    kind: 'administration',
    at: at.toISOString(),
    requestId,
    decisions: [],
    subjects: [],
    reads: [],
    outcome: { status: statusOf(act, error), errors: error ? { [error.code]: 1 } : {} },
    administration: act,
  };
}

function statusOf(act: RecordedAct, error: HubError | undefined): number {
  if (!error) return act.outcome === 'INTENT' ? 202 : 200;
  const { status } = errorTable[error.code];
  return status === 200 ? 400 : status;
}

/** How many problems and by which rules: never what the file says. */
function describeProblems({ details }: HubError): Pick<RecordedAct, 'problems' | 'rules'> {
  const { problems } = details;
  if (!Array.isArray(problems)) return {};
  const rules = problems.map((problem: { readonly rule?: unknown }) => String(problem.rule));
  return { problems: problems.length, rules: [...new Set(rules)].sort() };
}

function toHubError(error: unknown): HubError {
  return error instanceof HubError ? error : new HubError('INTERNAL', { cause: error });
}

function doneWithoutRecord(cause: unknown): HubError {
  return new HubError('AUDIT_UNAVAILABLE', {
    hint: '变更已生效，其意图已记录在案，但结果暂时未能写入记录。 The change was made and its intent is on record; its outcome could not be recorded yet.',
    cause,
  });
}
