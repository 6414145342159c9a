import type { ReadShape, ResultRow } from './connector.ts';
import type { KeyBatch } from './key-batch.ts';
import type { ReadLayout } from './read-layout.ts';

/**
 * Puts the rows that a source said to the keys that were asked. The source is not trusted: what belongs to nobody in the
 * batch is dropped and counted. Rows keep the order in which they come, at most `maxRowsPerKey` per key.
 */
export class Rejoin {
  readonly rows: ResultRow[] = [];
  readonly #findings: Record<string, number> = Object.create(null);
  readonly #shape: ReadShape;
  readonly #layout: ReadLayout;
  /** Rows kept so far, by key. */
  readonly #kept: Uint32Array;
  readonly #repetitions: Repetitions | undefined;

  constructor(shape: ReadShape, layout: ReadLayout, keyCount: number) {
    this.#shape = shape;
    this.#layout = layout;
    this.#kept = new Uint32Array(keyCount);
    this.#repetitions = shape.rows === 'ONE' ? new Repetitions(keyCount) : undefined;
  }

  get findings(): Readonly<Record<string, number>> {
    return { ...this.#findings };
  }

  /** Takes the arrays over and shortens them to the asked columns. */
  add(batch: KeyBatch, rows: readonly unknown[][]): void {
    const { keyAt, selected, width } = this.#layout;
    let foreign = 0;
    let repeated = 0;
    for (const values of rows) {
      const key = batch.find(values, keyAt);
      if (key === undefined) {
        foreign++;
        continue;
      }
      // One by one: cutting an array by its length makes the engine copy it.
      for (let extra = selected.length; extra > width; extra--) values.pop();
      if (this.#repetitions?.isRepeated(key, values)) repeated++;
      else this.#keep(key, values);
    }
    this.count('foreignRow', foreign);
    this.count('duplicateRow', repeated);
  }

  count(finding: string, more: number): void {
    if (more > 0) this.#findings[finding] = (this.#findings[finding] ?? 0) + more;
  }

  #keep(key: number, values: readonly unknown[]): void {
    const kept = this.#kept[key] ?? 0;
    if (kept >= this.#shape.maxRowsPerKey) return;
    this.#kept[key] = kept + 1;
    this.rows.push({ key, values });
  }
}

/** Recognises the same row of one person said twice. Nearly all have one row, so only the second one of a key starts a list. */
class Repetitions {
  readonly #first: (readonly unknown[] | undefined)[];
  readonly #more = new Map<number, (readonly unknown[])[]>();

  constructor(keys: number) {
    this.#first = new Array(keys);
  }

  isRepeated(key: number, values: readonly unknown[]): boolean {
    const first = this.#first[key];
    if (!first) {
      this.#first[key] = values;
      return false;
    }
    const earlier = this.#more.get(key) ?? [first];
    if (earlier.some((other) => isSameRow(other, values))) return true;
    this.#more.set(key, [...earlier, values]);
    return false;
  }
}

function isSameRow(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.every((value, i) => value === b[i] || isSameJson(value, b[i]));
}

function isSameJson(a: unknown, b: unknown): boolean {
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}
