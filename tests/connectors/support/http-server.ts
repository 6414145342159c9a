import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** As received. */
  readonly body: string;
}

/** Answers one request: with JSON, or by its own hands where an answer is to be wrong. */
export type Respond = (request: AskedRequest, response: ServerResponse) => unknown;

/** A real HTTP server of a department. */
export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /** Requests since the last call. */
  takeRequests(): readonly AskedRequest[];
  /** Instead of the department's own answers, until it is called without. */
  answerWith(respond?: Respond): void;
  close(): Promise<void>;
}

export async function startHttpServer(respond: Respond): Promise<HttpServer> {
  let requests: AskedRequest[] = [];
  let instead: Respond | undefined;
  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming);
    requests.push(request);
    const json = await (instead ?? respond)(request, response);
    if (json !== undefined) sendJson(response, json);
  });
  server.on('clientError', (_, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    takeRequests: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    answerWith: (respondInstead) => {
      instead = respondInstead;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function sendJson(response: ServerResponse, json: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(json));
}

async function readRequest(incoming: IncomingMessage): Promise<AskedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const url = new URL(incoming.url ?? '/', 'http://department.test');
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
