import type { ChangedObject } from '../audit/entry.ts';
import type { AuditLog } from '../audit/log.ts';
import { parseConnection } from '../connectors/parse-connection.ts';
import type { Graph } from '../contract/graph.ts';
import { HubError } from '../errors.ts';
import type { Agreement, Client, RegisteredOperation } from '../policies/agreement.ts';
import {
  type DocumentFile as AgreementFile,
  type DocumentCatalogue,
  parseAgreementDocuments,
} from '../policies/agreement-document.ts';
import { canonicalText, hashContent } from '../policies/canonical-text.ts';
import type { PolicyKeeper } from '../policies/policy-keeper.ts';
import type {
  AgreementVersion,
  HeldStatus,
  PolicyDocument,
  PolicyImport,
  PolicyStore,
} from '../policies/policy-store.ts';
import { type Act, type ActLog, type ActReport, createActLog } from './act-log.ts';
import type { ConnectionStore, ConnectionSummary } from './connection-store.ts';
import type { ConnectorSet } from './connector-set.ts';

/**
 * What commands do to a running hub. Each change is on record twice, as intended before it takes effect and as it ended; each
 * refusal once. A change holds in this replica when the call resolves, and in the others within their polling interval. Looking is
 * not recorded: nothing here is about a resident.
 */
export interface Administration {
  /** All or nothing. Rejects with AGREEMENT_INVALID and every problem of every file in `details.problems`. */
  importAgreements(files: readonly AgreementFile[], by: string): Promise<ImportReport>;
  /** Rejects with AGREEMENT_INVALID for an unknown agreement, and for a revoked one: that stays revoked. */
  setAgreementStatus(id: string, status: Agreement['status'], said: Said): Promise<ActReport>;
  /** A suspended client is refused from its next request on, whatever token it holds. */
  setClientStatus(id: string, status: Client['status'], said: Said): Promise<ActReport>;
  /** A suspended operation answers nobody from the next request on. */
  setOperationStatus(code: string, status: RegisteredOperation['status'], said: Said): Promise<ActReport>;
  /** Stores a connection sealed and opens its sources with it. Rejects with CONFIG_INVALID if it is none, or no source could use it. */
  putConnection(name: string, connection: unknown, by: string): Promise<ActReport>;
  /** Its sources are unavailable from then on; running reads finish. Rejects with CONFIG_INVALID if there is none. */
  removeConnection(name: string, by: string): Promise<ActReport>;
  listAgreements(): Promise<readonly Agreement[]>;
  /** Rejects with AGREEMENT_INVALID where there is none. */
  showAgreement(
    id: string,
  ): Promise<{ readonly agreement: Agreement; readonly history: readonly AgreementVersion[] }>;
  listClients(): Promise<readonly Client[]>;
  listOperations(): Promise<readonly ListedOperation[]>;
  listConnections(): Promise<readonly ConnectionSummary[]>;
  /** Records a command that could not be read. */
  refuse(action: string, error: unknown): Promise<void>;
}

/** `shape`: the operation's hash in records of access, hex; absent where the graph can no longer execute it. */
export interface ListedOperation extends RegisteredOperation {
  readonly shape?: string;
}

/** Who says so, and why. */
export interface Said {
  readonly by: string;
  readonly reason?: string;
}

export interface ImportReport extends ActReport {
  readonly unchanged: number;
  /** What stays suspended although the files say ACTIVE. */
  readonly held: readonly HeldStatus[];
}

export interface AdministrationParts {
  readonly graph: () => Graph;
  readonly refuseOperation: DocumentCatalogue['refuseOperation'];
  /** By what records of access know a document; undefined where it does not fit the graph. */
  readonly shapeOf: (document: string) => string | undefined;
  readonly keeper: PolicyKeeper;
  readonly policies: PolicyStore;
  readonly connections: ConnectionStore;
  readonly connectors: ConnectorSet;
  readonly log: Pick<AuditLog, 'append'>;
  readonly now: () => Date;
}

export function createAdministration(parts: AdministrationParts): Administration {
  const acts = createActLog(parts.log, parts.now);
  return {
    ...administerPolicy(parts, acts),
    ...administerConnections(parts, acts),
    refuse: (action, error) => acts.refuse({ action, by: '' }, error),
  };
}

type PolicyActs = Pick<
  Administration,
  | 'importAgreements'
  | 'setAgreementStatus'
  | 'setClientStatus'
  | 'setOperationStatus'
  | 'listAgreements'
  | 'showAgreement'
  | 'listClients'
  | 'listOperations'
>;

const verbs = { ACTIVE: 'reactivate', SUSPENDED: 'suspend', REVOKED: 'revoke' } as const;

function administerPolicy(parts: AdministrationParts, acts: ActLog): PolicyActs {
  const { policies } = parts;
  const setStatus = async (act: Act, store: () => Promise<PolicyImport>): Promise<ActReport> => {
    await acts.check(act, async () => {});
    return acts.carryOut(act, async () => {
      const { changed } = await store();
      await takeEffect(parts);
      return changed;
    });
  };
  return {
    async importAgreements(files, by) {
      const act = { action: 'agreements.import', by };
      const documents = await acts.check(act, () => checkDocuments(parts, files));
      const contentHash = hashContent(canonicalText(documents));
      let held: readonly HeldStatus[] = [];
      const report = await acts.carryOut({ ...act, contentHash }, async () => {
        const imported = await policies.import(documents, by);
        held = imported.held;
        await takeEffect(parts);
        return imported.changed;
      });
      return { ...report, unchanged: documents.length - report.changed.length, held };
    },
    setAgreementStatus: (id, status, said) =>
      setStatus({ action: `agreement.${verbs[status]}`, object: id, ...said }, () =>
        policies.setAgreementStatus(id, status, said.by),
      ),
    setClientStatus: (id, status, said) =>
      setStatus({ action: `client.${verbs[status]}`, object: id, ...said }, () =>
        policies.setClientStatus(id, status),
      ),
    setOperationStatus: (code, status, said) =>
      setStatus({ action: `operation.${verbs[status]}`, object: code, ...said }, () =>
        policies.setOperationStatus(code, status),
      ),
    listAgreements: async () => (await policies.load()).agreements,
    listClients: async () => (await policies.load()).clients,
    async listOperations() {
      const { operations } = await policies.load();
      return operations.map((operation) => {
        const shape = parts.shapeOf(operation.document);
        return shape === undefined ? operation : { ...operation, shape };
      });
    },
    async showAgreement(id) {
      const agreement = (await policies.load()).agreements.find((one) => one.id === id);
      if (!agreement)
        throw new HubError('AGREEMENT_INVALID', { hint: '没有这份协议。 There is no such agreement.' });
      return { agreement, history: await policies.history(id) };
    },
  };
}

/** Clients and purposes as another replica may have just stored them. */
async function checkDocuments(
  { graph, keeper, refuseOperation }: AdministrationParts,
  files: readonly AgreementFile[],
): Promise<readonly PolicyDocument[]> {
  await keeper.refresh();
  const { fields, elements, departments } = graph();
  const { clients, purposes, agreements } = keeper.current();
  const revoked = new Set(agreements.filter(({ status }) => status === 'REVOKED').map(({ id }) => id));
  const catalogue = { fields, elements, departments, clients, purposes, refuseOperation, revoked };
  const { documents, problems } = parseAgreementDocuments(files, catalogue);
  if (problems.length > 0) throw new HubError('AGREEMENT_INVALID', { details: { problems } });
  return documents;
}

/** It is stored: a check that fails now is made again by the poll, and what cannot be checked for long is no longer used. */
async function takeEffect({ keeper }: AdministrationParts): Promise<void> {
  await keeper.refresh().catch(() => {});
}

type ConnectionActs = Pick<Administration, 'putConnection' | 'removeConnection' | 'listConnections'>;

function administerConnections(parts: AdministrationParts, acts: ActLog): ConnectionActs {
  const { connections, connectors } = parts;
  return {
    async putConnection(name, input, by) {
      const act = { action: 'connection.put', object: name, by };
      const connection = await acts.check(act, async () => {
        const parsed = parseConnection(input);
        connectors.check(name, parsed);
        return parsed;
      });
      return acts.carryOut(act, async (): Promise<readonly ChangedObject[]> => {
        const stored = await connections.put(name, connection, by);
        // As above: the poll tries again.
        await connectors.refresh().catch(() => {});
        return [{ kind: 'connection', id: name, ...stored }];
      });
    },
    async removeConnection(name, by) {
      const act = { action: 'connection.remove', object: name, by };
      await acts.check(act, async () => {});
      return acts.carryOut(act, async (): Promise<readonly ChangedObject[]> => {
        if (!(await connections.remove(name)))
          throw new HubError('CONFIG_INVALID', {
            hint: '没有保存这个名称的连接。 No connection of that name is stored.',
          });
        await connectors.refresh().catch(() => {});
        return [{ kind: 'connection', id: name, change: 'REMOVED' }];
      });
    },
    listConnections: () => connections.list(),
  };
}
