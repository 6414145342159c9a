import { createHash } from 'node:crypto';
import type { RegisteredOperation } from './agreement.ts';

/**
 * The registered operations in force, as one client sees them. What is suspended and what other clients' are is found like what never
 * was: not at all.
 */
export interface OperationCatalogue {
  findByCode(code: string, client: string): RegisteredOperation | undefined;
  /** `hash` as in `RegisteredOperation`. */
  findByHash(hash: string, client: string): RegisteredOperation | undefined;
  findByText(document: string, client: string): RegisteredOperation | undefined;
  /** Sorted by code. */
  list(client: string): readonly RegisteredOperation[];
}

export function createOperationCatalogue(operations: readonly RegisteredOperation[]): OperationCatalogue {
  const active = operations.filter(({ status }) => status === 'ACTIVE');
  const byCode = new Map(active.map((operation) => [operation.code, operation]));
  const byHash = groupBy(active, ({ hash }) => hash);
  const byText = groupBy(active, ({ document }) => document);
  return {
    findByCode(code, client) {
      const operation = byCode.get(code);
      return operation && isFor(operation, client) ? operation : undefined;
    },
    findByHash: (hash, client) => byHash.get(hash)?.find((operation) => isFor(operation, client)),
    findByText: (document, client) => byText.get(document)?.find((operation) => isFor(operation, client)),
    list: (client) =>
      active
        .filter((operation) => isFor(operation, client))
        .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0)),
  };
}

function groupBy(
  operations: readonly RegisteredOperation[],
  keyOf: (operation: RegisteredOperation) => string,
): ReadonlyMap<string, readonly RegisteredOperation[]> {
  const groups = new Map<string, RegisteredOperation[]>();
  for (const operation of operations) {
    const key = keyOf(operation);
    groups.set(key, [...(groups.get(key) ?? []), operation]);
  }
  return groups;
}

function isFor({ clients }: RegisteredOperation, client: string): boolean {
  return clients === undefined || clients.includes(client);
}

/** By which a client names a registered document (GraphQL over HTTP, appendix on persisted documents), without its `sha256:`. */
export function hashDocument(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}
