import type { KeyBatch } from '../key-batch.ts';
import type { KeyShape } from '../key-forms.ts';

const integer = /^(0|[1-9]\d*)$/;

/**
 * Without the texts that no row of an integer column can hold: PostgreSQL refuses a whole statement for one identity number that ends in X,
 * MySQL and MariaDB compare all others as doubles then. `shapes`: aligned to the key columns.
 */
export function keepStorable(batch: KeyBatch, shapes: readonly KeyShape[]): KeyBatch {
  if (shapes.every(({ integersUpTo }) => integersUpTo === undefined)) return batch;
  const [first = []] = batch.stored;
  const kept = [...first.keys()].filter((i) =>
    batch.stored.every((texts, c) => isStorable(texts[i] ?? '', shapes[c])),
  );
  return {
    stored: batch.stored.map((texts) => kept.map((i) => texts[i] ?? '')),
    find: (row, keyAt) => batch.find(row, keyAt),
  };
}

function isStorable(text: string, shape: KeyShape | undefined): boolean {
  const max = shape?.integersUpTo;
  return max === undefined || (integer.test(text) && BigInt(text) <= max);
}
