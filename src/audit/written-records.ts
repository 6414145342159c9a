import type { AccessEntry } from './entry.ts';
import { mendText } from './mend-text.ts';
import { createPatternOf } from './pattern.ts';
import { projectEntry, type Searchable } from './project-entry.ts';

/** What the search tables and the columns beside its body must say of a record. */
export interface DescribedRecord {
  readonly searchable: Searchable;
  readonly department: string;
}

/** One that this replica wrote. */
export interface WrittenRecord extends DescribedRecord {
  /** Base64. */
  readonly leafHash: string;
}

/**
 * What this replica wrote lately, so that the projector need not read its bodies again: the server hashes them where they are,
 * and a stored leaf that equals the one kept here stands for the same entry. Bounded: what finds no room is read like
 * everybody's records. One log fills it, one projector empties it.
 */
export interface WrittenRecords {
  /** Together with sealing: the entry must say now what its body says. Pure. */
  describe(entry: AccessEntry): DescribedRecord;
  /** After its commit; indexes ascend. */
  add(index: bigint, record: WrittenRecord): void;
  /** By index, decimal. */
  get(index: string): WrittenRecord | undefined;
  /** At most `count` indexes that are known, from `from` on. */
  indexesFrom(from: bigint, count: number): readonly string[];
  /** Forgets everything before `index`. */
  dropBefore(index: bigint): void;
}

/** Records and their subjects: some twenty megabytes. */
const defaultMaxKept = 100_000;

export function createWrittenRecords(maxKept = defaultMaxKept): WrittenRecords {
  const patternOf = createPatternOf();
  // In the order of their indexes, since a Map keeps the order in which it was filled.
  const records = new Map<string, WrittenRecord & { readonly index: bigint }>();
  let kept = 0;

  function drop(index: string): void {
    const record = records.get(index);
    if (!record) return;
    records.delete(index);
    kept -= sizeOf(record);
  }

  return {
    describe: (entry) => ({
      searchable: projectEntry(entry, patternOf),
      department: mendText(entry.caller?.department ?? ''),
    }),
    add(index, { searchable, department, leafHash }) {
      // After a restore an index may come a second time.
      drop(index.toString());
      const record = { index, searchable, department, leafHash };
      const size = sizeOf(record);
      if (kept + size > maxKept) return;
      kept += size;
      records.set(index.toString(), record);
    },
    get: (index) => records.get(index),
    indexesFrom(from, count) {
      const indexes: string[] = [];
      for (const [text, { index }] of records) {
        if (indexes.length >= count) break;
        if (index >= from) indexes.push(text);
      }
      return indexes;
    },
    dropBefore(index) {
      for (const [text, record] of records) {
        if (record.index >= index) return;
        drop(text);
      }
    },
  };
}

function sizeOf({ searchable }: DescribedRecord): number {
  return 1 + searchable.subjects.length;
}
