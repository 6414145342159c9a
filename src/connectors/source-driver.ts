import type {
  Connector,
  CountRequest,
  ListRequest,
  ProbeResult,
  ReadRequest,
  ReadShape,
} from './connector.ts';
import type { Deadline } from './deadline.ts';
import type { BatchLimits, KeyBatch } from './key-batch.ts';
import type { KeyShape } from './key-forms.ts';
import type { ReadLayout } from './read-layout.ts';

/**
 * What differs between the kinds: how one batch of keys is asked. Deadline, concurrency, breaker, batches and the rejoin are the
 * shell's (`guarded-connector.ts`), which also guarantees that no call begins after `close` was.
 */
export interface SourceDriver {
  readonly kind: Connector['kind'];
  /** Once for a shape. Throws a `SourceFailure` of kind `fault` for one that this source cannot serve. */
  prepare(shape: ReadShape, layout: ReadLayout): PreparedShape;
  /** Rows are aligned to `layout.selected`, the row's position behind them. Absent where the kind lists nothing. */
  list?(request: ListRequest, layout: ReadLayout, deadline: Deadline): Promise<SourceRows>;
  count?(request: CountRequest, deadline: Deadline): Promise<number>;
  probe(deadline: Deadline): Promise<ProbeResult>;
  /** Releases connections. No call runs any more. */
  close(): Promise<void>;
}

/** What a kind has made of a shape. */
export interface PreparedShape {
  readonly limits: BatchLimits;
  /** Aligned to the key columns, as far as answers have told. */
  keyShapes(): readonly KeyShape[];
  /**
   * How a batch of this read is asked; undefined if by its filter no row can match, and nobody needs to be asked. Throws a
   * `SourceFailure` of kind `fault` for a filter that the source cannot apply, before anything is asked.
   */
  prepareRead(request: ReadRequest): CallBatch | undefined;
}

/** Asks one batch. Ends soon after the deadline does, by throwing its reason. Throws `SourceFailure` otherwise. */
export type CallBatch = (batch: KeyBatch, deadline: Deadline) => Promise<SourceRows>;

export interface SourceRows {
  /** Aligned to `layout.selected`, in the requested order; the shell may keep and shorten the arrays. */
  readonly rows: readonly unknown[][];
  readonly reads: number;
  /** Counts by kind; zero where there is nothing. */
  readonly findings?: Readonly<Record<string, number>>;
}
