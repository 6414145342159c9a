import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import type { Connection } from '../connectors/connector.ts';
import { errorTable, HubError } from '../errors.ts';
import type { DocumentFile as AgreementFile } from '../policies/agreement-document.ts';
import type { Administration } from './administration.ts';

/** Where a running hub listens for the commands of its own operator, and the key that proves it is one. */
export interface AdminAddress {
  readonly url: string;
  readonly key: string;
}

const fileName = 'admin.json';

/**
 * A second listener on the loopback interface for commands on the same machine: the embedded database admits one process only. Whoever can read the
 * data directory's `admin.json` (mode 0600) is the operator. `maxBytes` bounds an import.
 */
export async function openAdminChannel(
  dataDir: string,
  administration: Administration,
  maxBytes = 16_777_216,
): Promise<{ close(): Promise<void> }> {
  const key = randomBytes(32).toString('base64url');
  const server = fastify({ logger: false, bodyLimit: maxBytes });
  server.addHook('onRequest', async (request, reply) => {
    if (!isSame(request.headers['x-admin-key'], key)) await reply.code(404).send();
  });
  server.setErrorHandler((error, _request, reply) => {
    const known = error instanceof HubError ? error : new HubError('INTERNAL', { cause: error });
    const { zh, status } = errorTable[known.code];
    return reply
      .code(status === 200 ? 400 : status)
      .send({ code: known.code, message: `${zh} ${known.message}`, details: known.details });
  });
  addRoutes(server, administration);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const path = join(dataDir, fileName);
  await rm(path, { force: true });
  await writeFile(path, JSON.stringify({ url, key }), { mode: 0o600, flag: 'wx' });
  return {
    async close() {
      await rm(path, { force: true });
      await server.close();
    },
  };
}

function addRoutes(server: FastifyInstance, administration: Administration): void {
  server.post('/agreements', async (request) => {
    const { files, by } = parseImport(request.body);
    return administration.importAgreements(files, by);
  });
  server.post('/connections', async (request) => {
    const { name, connection, by } = parseConnection(request.body);
    await administration.putConnection(name, connection, by);
    return { stored: name };
  });
}

function isSame(given: unknown, key: string): boolean {
  if (typeof given !== 'string' || given.length !== key.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(key));
}

function parseImport(body: unknown): { files: AgreementFile[]; by: string } {
  const { files, by } = parseObject(body);
  if (!Array.isArray(files) || typeof by !== 'string') throw new HubError('BAD_REQUEST');
  return {
    by,
    files: files.map((file: unknown) => {
      const { name, text } = parseObject(file);
      if (typeof name !== 'string' || typeof text !== 'string') throw new HubError('BAD_REQUEST');
      return { name, text };
    }),
  };
}

function parseConnection(body: unknown): { name: string; connection: Connection; by: string } {
  const { name, connection, by } = parseObject(body);
  if (typeof name !== 'string' || typeof by !== 'string') throw new HubError('BAD_REQUEST');
  const { kind } = parseObject(connection);
  if (kind !== 'postgres' && kind !== 'mysql' && kind !== 'http' && kind !== 'graphql') {
    throw new HubError('BAD_REQUEST', { hint: 'kind must be postgres, mysql, http or graphql.' });
  }
  // The operator's own file; `createConnector` refuses what its kind cannot use.
  return { name, connection: connection as Connection, by };
}

function parseObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new HubError('BAD_REQUEST');
  return { ...value };
}

/** The running hub of this data directory. Throws CONFIG_INVALID if there is none. */
export async function readAdminAddress(dataDir: string): Promise<AdminAddress> {
  try {
    const { url, key } = parseObject(JSON.parse(await readFile(join(dataDir, fileName), 'utf8')));
    if (typeof url === 'string' && typeof key === 'string') return { url, key };
  } catch (cause) {
    throw new HubError('CONFIG_INVALID', { hint: `No hub is running on ${dataDir}. Start it first.`, cause });
  }
  throw new HubError('CONFIG_INVALID', { hint: `${join(dataDir, fileName)} is damaged. Restart the hub.` });
}
