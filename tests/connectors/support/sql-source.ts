import { randomBytes } from 'node:crypto';
import type { SourceSettings } from '../../../src/connectors/connector.ts';

/** A name of one's own on a server that others use too. */
export function uniqueName(): string {
  return `shuqiao_test_${randomBytes(5).toString('hex')}`;
}

export function sqlSettings(kind: 'postgres' | 'mysql', more: Partial<SourceSettings> = {}): SourceSettings {
  return {
    name: 'population',
    department: 'police',
    kind,
    credential: 'population',
    deadlineMs: 20_000,
    concurrency: 4,
    batch: 1000,
    maxResponseBytes: 16 * 1024 * 1024,
    columnCharsets: {},
    ...more,
  };
}
