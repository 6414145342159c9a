/** What can be wrong with a department, on demand: every way in which a source has to be distrusted. */
export type Fault =
  /** Answers, but late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Accepts the request and never answers. */
  | { readonly kind: 'hang' }
  /** The listener is closed, open connections are cut. */
  | { readonly kind: 'refuse' }
  /** Cuts the connection instead of answering. */
  | { readonly kind: 'reset' }
  /** An error status (http) or a server error (sql). */
  | { readonly kind: 'status'; readonly status: number }
  /** A maintenance page with status 200. */
  | { readonly kind: 'html' }
  /** The first half of the right answer. */
  | { readonly kind: 'half' }
  /** Nothing where the answer should be. */
  | { readonly kind: 'empty' }
  /** The right answer, and so many bytes more: 20 MB. */
  | { readonly kind: 'huge'; readonly bytes?: number }
  /** The same, compressed to almost nothing (http); like `huge` for sql. */
  | { readonly kind: 'gzip-bomb'; readonly bytes?: number }
  /** Values of another type than agreed: objects for texts (http, graphql), texts for numbers (sql). */
  | { readonly kind: 'wrong-types' }
  /** A text where the rows should be (http, graphql); a column that is gone (sql). */
  | { readonly kind: 'wrong-shape' }
  /** The first row is somebody else's, who was not asked for. */
  | { readonly kind: 'foreign-row' }
  | { readonly kind: 'duplicate-rows' }
  | { readonly kind: 'reversed-rows' };

export const hugeBytes = 20 * 1024 * 1024;

export const maintenancePage =
  '<!doctype html><html><head><title>系统维护中</title></head><body>系统维护中</body></html>';

/** The fault in force, and a way to wait for its end. */
export interface FaultSwitch {
  current(): Fault | undefined;
  set(fault: Fault | undefined): void;
  /** Resolves at the next `set`. */
  changed(): Promise<void>;
  /** Waits as a slow or hanging source does; false if there will be no answer. */
  delay(): Promise<boolean>;
  /** How many wait in `delay` now. */
  delayed(): number;
}

export function createFaultSwitch(): FaultSwitch {
  let fault: Fault | undefined;
  let delayed = 0;
  const waiting: (() => void)[] = [];
  const changed = () => new Promise<void>((resolve) => waiting.push(resolve));
  return {
    current: () => fault,
    set: (next) => {
      fault = next;
      for (const resolve of waiting.splice(0)) resolve();
    },
    changed,
    delay: async () => {
      delayed++;
      const willAnswer = await delay(fault, changed);
      delayed--;
      return willAnswer;
    },
    delayed: () => delayed,
  };
}

async function delay(fault: Fault | undefined, changed: () => Promise<void>): Promise<boolean> {
  if (fault?.kind === 'slow') await Promise.race([wait(fault.ms), changed()]);
  if (fault?.kind === 'hang') await changed();
  return fault?.kind !== 'hang';
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** Faults of single rows; other faults leave them as they are. `foreign` makes somebody else's row. */
export function spoilRows<Row>(
  fault: Fault | undefined,
  rows: readonly Row[],
  spoil: { readonly foreign: () => Row | undefined; readonly retype: (row: Row) => Row },
): readonly Row[] {
  switch (fault?.kind) {
    case 'foreign-row': {
      const foreign = spoil.foreign();
      return foreign === undefined ? rows : [foreign, ...rows];
    }
    case 'duplicate-rows':
      return rows.flatMap((row) => [row, row]);
    case 'reversed-rows':
      return rows.toReversed();
    case 'wrong-types':
      return rows.map(spoil.retype);
    default:
      return rows;
  }
}
