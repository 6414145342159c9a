import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Connection } from '../../src/connectors/connector.ts';
import { createReadLog, type Department, type DepartmentOptions, type ReadLog } from './department.ts';
import {
  createFaultSwitch,
  type Fault,
  type FaultSwitch,
  hugeBytes,
  maintenancePage,
  spoilRows,
} from './faults.ts';
import { createListener } from './listener.ts';

export interface HttpRequest {
  readonly method: string;
  /** With the query string, as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type JsonRow = Readonly<Record<string, unknown>>;

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Present where the answer is about residents: faults apply to these only. */
  readonly residents?: {
    readonly rows: readonly (JsonRow | null)[];
    readonly wrap: (rows: unknown) => unknown;
    /** Row of somebody who was not asked for. */
    readonly foreign: () => JsonRow | undefined;
    /** Is left alone where values get wrong types. */
    readonly keys: readonly string[];
  };
}

/** Attacker-controlled like every request; larger ones are refused. */
const maxBodyBytes = 8 * 1024 * 1024;

/** A department behind an HTTP listener. `connect` names its credential once the port is known. */
export async function startHttpDepartment(parts: {
  readonly options: DepartmentOptions;
  readonly connect: (baseUrl: string) => Connection;
  readonly answer: (request: HttpRequest, log: ReadLog) => Promise<HttpAnswer> | HttpAnswer;
}): Promise<Department> {
  const { port = 0, host = '127.0.0.1', fault } = parts.options;
  const log = createReadLog();
  const faults = createFaultSwitch();
  const server = createServer((request, response) => {
    serve(request, response, (read) => parts.answer(read, log), faults).catch(() => response.destroy());
  });
  const listener = await createListener(server, { host, port });
  const department: Department = {
    connection: parts.connect(`http://${host}:${listener.port}`),
    reads: log.all,
    resetReads: log.reset,
    delayed: faults.delayed,
    inject: async (next) => {
      faults.set(next);
      await (next.kind === 'refuse' ? listener.shut() : listener.open());
    },
    recover: async () => {
      faults.set(undefined);
      await listener.open();
    },
    close: async () => {
      faults.set(undefined);
      await listener.shut();
    },
  };
  if (fault) await department.inject(fault);
  return department;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer,
  faults: FaultSwitch,
): Promise<void> {
  const body = await readBody(request);
  if (!body) {
    response.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const { method = '', url = '', headers } = request;
  const answered = await answer({ method, path: url, headers, body });
  if (answered.residents && !(await faults.delay())) response.destroy();
  else send(response, answered, answered.residents ? faults.current() : undefined);
}

/** The caller's correlation id, for the log of reads. */
export function requestIdOf({ headers }: HttpRequest): { readonly requestId?: string } {
  const id = headers['x-request-id'];
  return typeof id === 'string' ? { requestId: id } : {};
}

/** Undefined if it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  });
  await once(request, 'end');
  return size <= maxBodyBytes ? Buffer.concat(chunks) : undefined;
}

function send(response: ServerResponse, answer: HttpAnswer, fault: Fault | undefined): void {
  const bytes = Buffer.from(JSON.stringify(spoilBody(answer, fault)));
  const json = { 'content-type': 'application/json; charset=utf-8' };
  switch (fault?.kind) {
    case 'reset':
      response.destroy();
      return;
    case 'status':
      response.writeHead(fault.status, json).end('{"error":"unavailable"}');
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(maintenancePage);
      return;
    case 'half':
      response.writeHead(200, json).end(bytes.subarray(0, bytes.length / 2));
      return;
    case 'empty':
      response.writeHead(200, json).end();
      return;
    case 'gzip-bomb':
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.concat([bytes, Buffer.alloc(fault.bytes ?? hugeBytes, ' ')])));
      return;
    default:
      response.writeHead(answer.status, json).end(bytes);
  }
}

/** Faults that leave the answer valid JSON. */
function spoilBody({ body, residents }: HttpAnswer, fault: Fault | undefined): unknown {
  if (!residents || !fault) return body;
  if (fault.kind === 'wrong-shape') return residents.wrap('unexpected');
  const spoiled = residents.wrap(
    spoilRows(fault, residents.rows, {
      foreign: residents.foreign,
      retype: (row) => row && retype(row, residents.keys),
    }),
  );
  return fault.kind === 'huge'
    ? { padding: 'x'.repeat(fault.bytes ?? hugeBytes), ...Object(spoiled) }
    : spoiled;
}

/** Texts become objects and numbers lists, wherever they stand in the row. */
function retype(row: JsonRow, keys: readonly string[]): JsonRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, keys.includes(name) ? value : ofAnotherType(value)]),
  );
}

function ofAnotherType(value: unknown): unknown {
  if (typeof value === 'string') return { unexpected: true };
  if (typeof value === 'number') return ['unexpected'];
  if (Array.isArray(value)) return value.map(ofAnotherType);
  return value === null ? null : retype(Object(value), []);
}
