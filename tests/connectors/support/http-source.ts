import type { HttpTarget, SourceSettings } from '../../../src/connectors/connector.ts';
import type { ConnectorHarness, RunningSource } from '../../contract/connector.ts';
import type { Fixture } from './fixture.ts';
import {
  type AskedRequest,
  type HttpServer,
  type Respond,
  sendJson,
  startHttpServer,
} from './http-server.ts';
import { startTcpProxy } from './tcp-proxy.ts';

type Style = 'single' | 'batch' | 'page' | 'offset' | 'cursor';

/** A department's HTTP interface over the fixture, in the style of one endpoint. */
export function httpInterface(style: Style): ConnectorHarness {
  return {
    capabilities: { ambiguity: true, batched: style === 'batch', lists: false },
    start: async (fixture) => {
      const server = await startHttpServer(serveFixture(fixture));
      const proxy = await startTcpProxy({ host: '127.0.0.1', port: server.port });
      const running: RunningSource & { server: HttpServer } = {
        server,
        settings: httpSettings('http'),
        connection: { kind: 'http', baseUrl: `http://127.0.0.1:${proxy.port}/api` },
        people: { target: target(style, 'people') },
        events: { target: target(style, 'events') },
        proxy,
        stop: async () => {
          await proxy.close();
          await server.close();
        },
      };
      return running;
    },
  };
}

export function httpSettings(kind: 'http' | 'graphql', more: Partial<SourceSettings> = {}): SourceSettings {
  return {
    name: 'registry',
    department: 'civil-affairs',
    kind,
    credential: 'registry',
    deadlineMs: 20_000,
    concurrency: 8,
    batch: 1000,
    maxResponseBytes: 4 * 1024 * 1024,
    columnCharsets: {},
    ...more,
  };
}

export function target(style: Style, table: 'people' | 'events'): HttpTarget {
  const filters: HttpTarget['filters'] = [
    { column: 'sealed', op: 'in', param: 'sealed' },
    { column: 'kind', op: 'eq', param: 'kind' },
  ];
  const base = { result: 'data.list', success: { path: 'code', values: ['0'] }, filters, emptyStatuses: [] };
  if (style === 'single') {
    const query = [{ name: 'fields', value: '$columns' }];
    return {
      ...base,
      kind: 'http',
      method: 'GET',
      path: `/${table}/{key}`,
      query,
      batch: 1,
      emptyStatuses: [404],
    };
  }
  const post = { ...base, kind: 'http', method: 'POST', query: [], batch: 400 } as const;
  const body = { ids: '$keys', fields: '$columns' };
  if (style === 'batch') return { ...post, path: `/${table}`, body };
  if (style === 'page') {
    const paging = { kind: 'PAGE', size: 70, maxPages: 100, total: 'data.total', firstPage: 1 } as const;
    return { ...post, path: `/${table}`, body: { ...body, page: '$page', size: '$pageSize' }, paging };
  }
  if (style === 'offset') {
    const paging = { kind: 'OFFSET', size: 70, maxPages: 100, firstPage: 1 } as const;
    return { ...post, path: `/${table}`, body: { ...body, offset: '$offset', size: '$pageSize' }, paging };
  }
  const paging = { kind: 'CURSOR', size: 70, maxPages: 100, next: 'data.next', firstPage: 1 } as const;
  return { ...post, path: `/${table}`, body: { ...body, cursor: '$cursor', size: '$pageSize' }, paging };
}

function serveFixture(fixture: Fixture): Respond {
  return (request, response) => {
    if (request.method === 'HEAD') return sendJson(response, {}, 404);
    const [, , table, key] = request.path.split('/');
    const stored: readonly object[] = table === 'events' ? fixture.events : fixture.people;
    const asked =
      key === undefined ? JSON.parse(request.body) : askedByQuery(request, decodeURIComponent(key));
    const rows = stored
      .filter((row) => isAsked({ ...row }, asked))
      .map((row) => project({ ...row }, asked.fields));
    if (key !== undefined && rows.length === 0)
      return sendJson(response, { code: 404, msg: '查无此人' }, 404);
    return { code: 0, msg: 'ok', data: page(rows, asked) };
  };
}

interface Asked {
  readonly ids: readonly string[];
  readonly fields: readonly string[];
  readonly sealed?: readonly string[];
  readonly kind?: string;
  readonly page?: number;
  readonly size?: number;
  readonly offset?: number;
  readonly cursor?: string | null;
}

function askedByQuery({ query }: AskedRequest, key: string): Asked {
  const kind = query.get('kind');
  return {
    ids: [key],
    fields: (query.get('fields') ?? '').split(','),
    ...(query.has('sealed') ? { sealed: query.getAll('sealed') } : {}),
    ...(kind === null ? {} : { kind }),
  };
}

function isAsked(row: Record<string, unknown>, { ids, sealed, kind }: Asked): boolean {
  if (!ids.includes(String(row['id_no']))) return false;
  if (sealed && !sealed.includes(String(row['sealed']))) return false;
  return kind === undefined || row['kind'] === kind;
}

function project(row: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.filter((field) => Object.hasOwn(row, field)).map((field) => [field, row[field]]),
  );
}

function page(rows: readonly unknown[], { page, size, offset, cursor }: Asked): unknown {
  if (size === undefined) return { list: rows };
  const start =
    cursor === undefined ? (offset ?? (page === undefined ? 0 : (page - 1) * size)) : Number(cursor ?? 0);
  const next = start + size < rows.length ? String(start + size) : null;
  return { list: rows.slice(start, start + size), total: rows.length, next };
}
