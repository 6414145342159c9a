import { HubError } from '../errors.ts';
import type { DocumentFile as AgreementFile } from '../policies/agreement-document.ts';
import type { Administration, Said } from './administration.ts';

/** One command of the operator's channel. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What a refused body is recorded as; absent where nothing can change. */
  readonly action?: string;
  /** Body, or query of a GET: untrusted. Throws `BAD_REQUEST`, or gives what is to be done. */
  read(input: unknown): (administration: Administration) => Promise<unknown>;
}

export const adminRoutes: readonly AdminRoute[] = [
  {
    method: 'POST',
    path: '/agreements/import',
    action: 'agreements.import',
    read(input) {
      const { files, by } = parseImport(input);
      return (administration) => administration.importAgreements(files, by);
    },
  },
  ...(['suspend', 'reactivate', 'revoke'] as const).map((verb) =>
    change(`/agreements/${verb}`, `agreement.${verb}`, (id, said) => (administration) => {
      const statuses = { suspend: 'SUSPENDED', reactivate: 'ACTIVE', revoke: 'REVOKED' } as const;
      return administration.setAgreementStatus(id, statuses[verb], said);
    }),
  ),
  ...(['suspend', 'reactivate'] as const).map((verb) =>
    change(`/clients/${verb}`, `client.${verb}`, (id, said) => (administration) => {
      const statuses = { suspend: 'SUSPENDED', reactivate: 'ACTIVE' } as const;
      return administration.setClientStatus(id, statuses[verb], said);
    }),
  ),
  ...(['suspend', 'reactivate'] as const).map((verb) =>
    change(`/operations/${verb}`, `operation.${verb}`, (code, said) => (administration) => {
      const statuses = { suspend: 'SUSPENDED', reactivate: 'ACTIVE' } as const;
      return administration.setOperationStatus(code, statuses[verb], said);
    }),
  ),
  {
    method: 'POST',
    path: '/connections/put',
    action: 'connection.put',
    read(input) {
      const { name, connection, by } = parsePut(input);
      return (administration) => administration.putConnection(name, connection, by);
    },
  },
  change('/connections/remove', 'connection.remove', (name, { by }) => (administration) => {
    return administration.removeConnection(name, by);
  }),
  look('/agreements', async (administration) => ({ agreements: await administration.listAgreements() })),
  look('/clients', async (administration) => ({ clients: await administration.listClients() })),
  look('/operations', async (administration) => ({ operations: await administration.listOperations() })),
  look('/connections', async (administration) => ({ connections: await administration.listConnections() })),
  {
    method: 'GET',
    path: '/agreements/show',
    read(input) {
      const id = parseText(parseObject(input)['id']);
      return (administration) => administration.showAgreement(id);
    },
  },
];

type Run = (administration: Administration) => Promise<unknown>;

function look(path: string, run: Run): AdminRoute {
  return { method: 'GET', path, read: () => run };
}

/** One object is named, and by whom and why. */
function change(path: string, action: string, run: (id: string, said: Said) => Run): AdminRoute {
  const read = (input: unknown): Run => {
    const { id, by, reason } = parseObject(input);
    const said = { by: parseText(by), ...(reason === undefined ? {} : { reason: parseText(reason) }) };
    return run(parseText(id), said);
  };
  return { method: 'POST', path, action, read };
}

function parseImport(body: unknown): { files: AgreementFile[]; by: string } {
  const { files, by } = parseObject(body);
  if (!Array.isArray(files)) throw malformed();
  const readFile = (file: unknown): AgreementFile => {
    const { name, text } = parseObject(file);
    return { name: parseText(name), text: parseText(text) };
  };
  return { by: parseText(by), files: files.map(readFile) };
}

/** What the connection holds is checked where its refusal is recorded. */
function parsePut(body: unknown): { name: string; connection: unknown; by: string } {
  const { name, connection, by } = parseObject(body);
  return { name: parseText(name), connection: parseObject(connection), by: parseText(by) };
}

function parseText(value: unknown): string {
  if (typeof value !== 'string') throw malformed();
  return value;
}

function parseObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw malformed();
  return { ...value };
}

function malformed(hint?: string): HubError {
  return new HubError('BAD_REQUEST', hint === undefined ? {} : { hint });
}
