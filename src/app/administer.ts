import type { AuditLog } from '../audit/log.ts';
import { hashDocumentShape } from '../plan/hash-document-shape.ts';
import { refuseOperation } from '../plan/refuse-operation.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import { createPolicyStore } from '../policies/policy-store-prisma.ts';
import { type Administration, createAdministration } from '../registry/administration.ts';
import { createConnectionStore } from '../registry/connection-store-prisma.ts';
import type { ConnectorSet } from '../registry/connector-set.ts';
import type { Foundation } from './lay-foundation.ts';

/** What the operator may do while the hub serves. */
export function administer(
  { config, graph, storage, keys, now }: Foundation,
  log: AuditLog,
  keeper: PolicyKeeper,
  connectors: ConnectorSet,
): Administration {
  return createAdministration({
    graph: () => graph,
    refuseOperation: (document) => refuseOperation(document, graph.schema, config.limits),
    shapeOf: (document) => hashDocumentShape(document, graph.schema, config.limits),
    keeper,
    policies: createPolicyStore(storage.prisma),
    connections: createConnectionStore(storage.prisma, keys),
    connectors,
    log,
    now,
  });
}
