import type { KeyColumn } from './connector.ts';
import { canonicalKey, type KeyShape, pushStoredForms, storedForms, unknownShape } from './key-forms.ts';
import { isUnaskable } from './unaskable.ts';

/** The keys of one call to a source, in every stored form. */
export interface KeyBatch {
  /** Per key column, aligned: `stored[c][i]` is the c-th part of the i-th stored tuple. */
  readonly stored: readonly (readonly string[])[];
  /** The index of the asked key to which a row belongs, by its values at `keyAt`; undefined: to nobody in this batch. */
  find(row: readonly unknown[], keyAt: readonly number[]): number | undefined;
}

export interface BatchLimits {
  readonly maxKeys: number;
  /** Stored forms in one call. A key with more of them than fit is asked in several calls. */
  readonly maxForms: number;
}

/**
 * Splits the keys (by column, as in `ReadRequest`) into batches, all forms of a key together where they fit. A key that no source can hold
 * (`\0`, half a surrogate pair) has nobody behind it and is in no batch.
 */
export function splitKeys(
  keys: readonly (readonly string[])[],
  columns: readonly KeyColumn[],
  shapes: readonly KeyShape[],
  limits: BatchLimits,
): readonly KeyBatch[] {
  return oneBatch(keys, columns, shapes, limits) ?? growBatches(keys, columns, shapes, limits);
}

/** Nearly every read: keys of one column that fit into one call. Undefined for all others. */
function oneBatch(
  [values, ...more]: readonly (readonly string[])[],
  [column]: readonly KeyColumn[],
  [shape = unknownShape]: readonly KeyShape[],
  { maxKeys, maxForms }: BatchLimits,
): readonly KeyBatch[] | undefined {
  if (!values || !column || more.length > 0) return undefined;
  if (values.length === 0 || values.length > Math.min(maxKeys, maxForms)) return undefined;
  const { positions, areAskable } = indexOf(values);
  if (!areAskable) return undefined;
  const stored = storedFormsOf(values, column, shape);
  if (stored.length > maxForms) return undefined;
  return [
    {
      stored: [stored],
      find: (row, keyAt) => findSingle(positions, column, row[keyAt[0] ?? 0]),
    },
  ];
}

function storedFormsOf(values: readonly string[], { forms }: KeyColumn, shape: KeyShape): readonly string[] {
  if (forms.length === 0) return values;
  const stored: string[] = [];
  for (const value of values) pushStoredForms(stored, value, forms, shape);
  return stored;
}

interface KeyIndex {
  readonly positions: ReadonlyMap<string, number>;
  readonly areAskable: boolean;
}

/**
 * Kept on the list of keys: one and the same list is asked of every department. Not in a WeakMap: what hangs on one outlives its
 * request, until V8 collects everything.
 */
const indexed = Symbol('index');

type KeyList = readonly string[] & { [indexed]?: KeyIndex };

function indexOf(values: KeyList): KeyIndex {
  const known = values[indexed];
  if (known) return known;
  const positions = new Map<string, number>();
  for (let index = 0; index < values.length; index++) positions.set(values[index] ?? '', index);
  const made = { positions, areAskable: !values.some(isUnaskable) };
  values[indexed] = made;
  return made;
}

function findSingle(
  positions: ReadonlyMap<string, number>,
  { forms }: KeyColumn,
  value: unknown,
): number | undefined {
  // Nearly every row is stored in canonical form: one look-up.
  const index = typeof value === 'string' ? positions.get(value) : undefined;
  if (index !== undefined) return index;
  const canonical = canonicalKey(value, forms);
  return canonical === undefined ? undefined : positions.get(canonical);
}

function growBatches(
  keys: readonly (readonly string[])[],
  columns: readonly KeyColumn[],
  shapes: readonly KeyShape[],
  limits: BatchLimits,
): readonly KeyBatch[] {
  const batches: GrowingBatch[] = [];
  const next = (): GrowingBatch => {
    const batch = new GrowingBatch(columns);
    batches.push(batch);
    return batch;
  };
  let batch: GrowingBatch | undefined;
  for (let index = 0; index < (keys[0]?.length ?? 0); index++) {
    const key = keys.map((values) => values[index] ?? '');
    if (key.some(isUnaskable)) continue;
    const forms = expandKey(key, columns, shapes);
    const count = forms[0]?.length ?? 0;
    if (!batch || batch.keyCount >= limits.maxKeys || batch.size + count > limits.maxForms) batch = next();
    batch.addKey(key, index);
    for (let form = 0; form < count; form++) {
      if (batch.size >= limits.maxForms) {
        batch = next();
        batch.addKey(key, index);
      }
      batch.addForm(forms, form);
    }
  }
  return batches;
}

/** Per column, aligned: every combination of the parts' stored forms. */
function expandKey(
  key: readonly string[],
  columns: readonly KeyColumn[],
  shapes: readonly KeyShape[],
): readonly (readonly string[])[] {
  let expanded: string[][] = columns.map(() => []);
  let count = 1;
  for (const [c, { forms }] of columns.entries()) {
    const texts = storedForms(key[c] ?? '', forms, shapes[c] ?? unknownShape);
    expanded = expanded.map((part, i) =>
      i < c
        ? texts.flatMap(() => part)
        : i === c
          ? texts.flatMap((text) => new Array<string>(count).fill(text))
          : part,
    );
    count *= texts.length;
  }
  return expanded;
}

class GrowingBatch implements KeyBatch {
  readonly stored: string[][];
  readonly #columns: readonly KeyColumn[];
  readonly #positions = new Map<string, number>();

  constructor(columns: readonly KeyColumn[]) {
    this.#columns = columns;
    this.stored = columns.map(() => []);
  }

  get size(): number {
    return this.stored[0]?.length ?? 0;
  }

  get keyCount(): number {
    return this.#positions.size;
  }

  addKey(key: readonly string[], index: number): void {
    this.#positions.set(key.length === 1 ? (key[0] ?? '') : joinParts(key), index);
  }

  addForm(forms: readonly (readonly string[])[], form: number): void {
    for (let c = 0; c < forms.length; c++) this.stored[c]?.push(forms[c]?.[form] ?? '');
  }

  find(row: readonly unknown[], keyAt: readonly number[]): number | undefined {
    const [column] = this.#columns;
    if (column && keyAt.length === 1) return findSingle(this.#positions, column, row[keyAt[0] ?? 0]);
    const parts: string[] = [];
    for (const [c, { forms }] of this.#columns.entries()) {
      const part = canonicalKey(row[keyAt[c] ?? 0], forms);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return this.#positions.get(joinParts(parts));
  }
}

/** One text per tuple, and no two tuples with the same: a source chooses its values, so a plain separator would not do. */
function joinParts(parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('');
}
