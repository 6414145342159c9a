import { createHash, randomUUID } from 'node:crypto';
import type { Receipt } from '../audit/entry.ts';
import type { AuditLog } from '../audit/log.ts';
import type { Connection } from '../connectors/connector.ts';
import type { Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import {
  type DocumentFile as AgreementFile,
  type DocumentCatalogue,
  parseAgreementDocuments,
} from '../policies/agreement-document.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import type { PolicyStore } from '../policies/policy-store.ts';
import type { ConnectionStore } from './connection-store.ts';
import type { ConnectorSet } from './connector-set.ts';

/** What commands do to a running hub. Each change is on record before it takes effect. */
export interface Administration {
  /** All or nothing. Throws AGREEMENT_INVALID with every problem of every file in `details.problems`. */
  importAgreements(files: readonly AgreementFile[], by: string): Promise<ImportReport>;
  /** Stores a connection sealed and opens its sources with it. */
  putConnection(name: string, connection: Connection, by: string): Promise<void>;
}

export interface ImportReport {
  /** What is new or another version than before, such as `agreement AGR-2026-0001`. */
  readonly changed: readonly string[];
  readonly unchanged: number;
  readonly receipt: Receipt;
}

export interface AdministrationParts {
  readonly graph: () => Graph;
  readonly refuseOperation: DocumentCatalogue['refuseOperation'];
  readonly keeper: PolicyKeeper;
  readonly policies: PolicyStore;
  readonly connections: ConnectionStore;
  readonly connectors: ConnectorSet;
  readonly log: AuditLog;
  readonly now: () => Date;
}

export function createAdministration(parts: AdministrationParts): Administration {
  return {
    async importAgreements(files, by) {
      const { fields, elements, departments } = parts.graph();
      const { clients, purposes } = parts.keeper.current();
      const { refuseOperation } = parts;
      const catalogue = { fields, elements, departments, clients, purposes, refuseOperation };
      const { documents, problems } = parseAgreementDocuments(files, catalogue);
      if (problems.length > 0) throw new HubError('AGREEMENT_INVALID', { details: { problems } });
      const content = createHash('sha256').update(JSON.stringify(documents)).digest('hex');
      const receipt = await record(parts, {
        action: 'agreements.import',
        by,
        content,
        documents: documents.length,
      });
      const { changed } = await parts.policies.import(documents, by);
      await parts.keeper.refresh();
      return {
        changed: changed.map(({ kind, id }) => `${kind} ${id}`),
        unchanged: documents.length - changed.length,
        receipt,
      };
    },
    async putConnection(name, connection, by) {
      parts.connectors.check(name, connection);
      await record(parts, { action: 'connection.put', by, connection: name });
      await parts.connections.put(name, connection, by);
      await parts.connectors.refresh();
    },
  };
}

function record(parts: AdministrationParts, note: Record<string, string | number>): Promise<Receipt> {
  return parts.log.append({
    eventId: randomUUID(),
    kind: 'administration',
    at: parts.now().toISOString(),
    requestId: randomUUID(),
    decisions: [],
    subjects: [],
    reads: [],
    outcome: { status: 200, errors: {} },
    note,
  });
}
