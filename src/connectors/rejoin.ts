import { maxCopies, type ReadShape, type ResultRow } from './connector.ts';
import type { KeyBatch } from './key-batch.ts';
import type { ReadLayout } from './read-layout.ts';

/**
 * Puts the rows that a source said to the keys that were asked. The source is not trusted: what belongs to nobody in the
 * batch is dropped and counted. Rows keep the order in which they come, at most `maxRowsPerKey` per key.
 */
export class Rejoin {
  readonly rows: ResultRow[] = [];
  readonly #findings: Record<string, number> = {};
  readonly #shape: ReadShape;
  readonly #layout: ReadLayout;
  /** Rows kept so far, by key. */
  readonly #kept: Uint32Array;
  readonly #repetitions: Repetitions | undefined;

  constructor(shape: ReadShape, layout: ReadLayout, keyCount: number) {
    this.#shape = shape;
    this.#layout = layout;
    this.#kept = new Uint32Array(keyCount);
    this.#repetitions = shape.rows === 'ONE' ? new Repetitions(keyCount, shape.maxRowsPerKey) : undefined;
  }

  get findings(): Readonly<Record<string, number>> {
    return this.#findings;
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

/** Recognises the same row of one person said twice, among the rows that are kept: the work for a row does not grow with their number. */
class Repetitions {
  readonly #kept: (readonly (readonly unknown[])[] | undefined)[];
  /** Rows said so far, by key. */
  readonly #said: Uint32Array;
  readonly #maxRowsPerKey: number;

  constructor(keys: number, maxRowsPerKey: number) {
    this.#kept = new Array(keys);
    this.#said = new Uint32Array(keys);
    this.#maxRowsPerKey = maxRowsPerKey;
  }

  isRepeated(key: number, values: readonly unknown[]): boolean {
    const said = (this.#said[key] ?? 0) + 1;
    this.#said[key] = said;
    const kept = this.#kept[key];
    if (!kept) this.#kept[key] = [values];
    else if (said > maxCopies) return false;
    else if (kept.some((other) => isSameRow(other, values))) return true;
    else if (kept.length < this.#maxRowsPerKey) this.#kept[key] = [...kept, values];
    return false;
  }
}

function isSameRow(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.every((value, i) => value === b[i] || isSameJson(value, b[i]));
}

function isSameJson(a: unknown, b: unknown): boolean {
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}
