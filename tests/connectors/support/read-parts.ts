import type { ReadRequest, ReadShape } from '../../../src/connectors/connector.ts';

/** A read and its shape, all in one. */
export type ReadParts = ReadShape & Omit<ReadRequest, 'shape'>;

export function readRequest({ requestId, keys, where, ...shape }: ReadParts): ReadRequest {
  return { requestId, keys, shape, ...(where ? { where } : {}) };
}
