import { afterAll, afterEach, beforeAll } from 'vitest';
import type {
  Connection,
  Connector,
  HttpTarget,
  ReadRequest,
  SourceSettings,
} from '../../../src/connectors/connector.ts';
import { createConnector } from '../../../src/connectors/create-connector.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { httpSettings } from './http-source.ts';
import { type ReadParts, readRequest } from './read-parts.ts';
import { patient, silent } from './read-request.ts';

/** A real server of which a test chooses the words, and connectors to it that end with the test. */
export interface ChosenAnswers {
  readonly server: () => HttpServer;
  connect(settings?: Partial<SourceSettings>, connection?: Partial<Connection>): Connector;
}

export function useChosenAnswers(kind: 'http' | 'graphql' = 'http'): ChosenAnswers {
  let server: HttpServer | undefined;
  let open: Connector[] = [];
  const running = (): HttpServer => {
    if (!server) throw new TypeError('only inside tests');
    return server;
  };
  beforeAll(async () => {
    server = await startHttpServer(() => ({ code: 0, data: [] }));
  });
  afterAll(() => server?.close());
  afterEach(async () => {
    running().answerWith();
    running().takeRequests();
    await Promise.all(open.map((connector) => connector.close()));
    open = [];
  });
  return {
    server: running,
    connect: (settings = {}, connection = {}) => {
      // The overrides are parts of the same kind.
      const whole = { kind, baseUrl: `${running().url}/api`, ...connection } as Connection;
      const connector = createConnector(httpSettings(kind, settings), whole, silent, patient);
      open.push(connector);
      return connector;
    },
  };
}

const target: HttpTarget = {
  kind: 'http',
  method: 'POST',
  path: '/people',
  query: [],
  body: { ids: '$keys' },
  batch: 100,
  result: 'data',
  success: { path: 'code', values: ['0', 'OK'] },
  filters: [],
  emptyStatuses: [],
};

/** A read of two persons, with everything that a test does not care about. */
export function httpRead(
  more: Partial<ReadParts> = {},
  targetChanges: Partial<HttpTarget> = {},
): ReadRequest {
  return readRequest({
    requestId: 'req-7',
    entity: 'PersonRecord',
    target: { ...target, ...targetChanges },
    keyColumns: [{ column: 'id', forms: [] }],
    keys: [['a', 'b']],
    columns: ['name'],
    rows: 'ONE',
    order: [],
    maxRowsPerKey: 2,
    ...more,
  });
}
