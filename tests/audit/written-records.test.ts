import { describe, expect, it } from 'vitest';
import type { AccessEntry } from '../../src/audit/entry.ts';
import { createWrittenRecords, type WrittenRecords } from '../../src/audit/written-records.ts';
import { entryOf } from './support.ts';

function add(written: WrittenRecords, index: bigint, entry: AccessEntry, leafHash: string): void {
  written.add(index, { ...written.describe(entry), leafHash });
}

describe('the records that a replica keeps for its projector', () => {
  it('are found by index, from an index on, and forgotten once they were projected', () => {
    const written = createWrittenRecords();
    for (const index of [3n, 4n, 7n, 8n]) add(written, index, entryOf(), `leaf ${index}`);
    expect(written.get('4')).toMatchObject({ leafHash: 'leaf 4', department: 'civil-affairs' });
    expect(written.get('5')).toBeUndefined();
    expect(written.indexesFrom(4n, 2)).toEqual(['4', '7']);
    written.dropBefore(7n);
    expect(written.indexesFrom(0n, 9)).toEqual(['7', '8']);
    expect(written.get('4')).toBeUndefined();
  });

  it('are bounded by records and subjects together, and have room again when some were projected', () => {
    const written = createWrittenRecords(10);
    add(written, 0n, entryOf({ subjects: ['a', 'b', 'c', 'd', 'e', 'f'] }), 'leaf');
    add(written, 1n, entryOf({ subjects: ['a', 'b', 'c'] }), 'leaf');
    expect(written.indexesFrom(0n, 9)).toEqual(['0']);
    add(written, 2n, entryOf({ subjects: ['a', 'b'] }), 'leaf');
    expect(written.indexesFrom(0n, 9)).toEqual(['0', '2']);
    written.dropBefore(1n);
    add(written, 3n, entryOf({ subjects: ['a', 'b', 'c', 'd'] }), 'leaf');
    expect(written.indexesFrom(0n, 9)).toEqual(['2', '3']);
  });

  it('are those that were written last where an index came again', () => {
    const written = createWrittenRecords();
    add(written, 1n, entryOf(), 'before the restore');
    add(written, 1n, entryOf(), 'after it');
    expect(written.get('1')?.leafHash).toBe('after it');
    written.dropBefore(2n);
    expect(written.indexesFrom(0n, 9)).toEqual([]);
  });
});
