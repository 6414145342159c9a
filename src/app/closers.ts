/** What was opened, in order. */
export interface Closers {
  add(close: () => Promise<unknown>): void;
  /** Last opened, first closed; one that fails does not keep the others open. Idempotent: every caller waits for the one closing. */
  close(): Promise<void>;
}

export function createClosers(): Closers {
  const closers: (() => Promise<unknown>)[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    for (const closeOne of [...closers].reverse()) await closeOne().catch(() => {});
  };
  return {
    add: (close) => void closers.push(close),
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
