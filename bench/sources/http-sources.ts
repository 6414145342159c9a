import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createListener } from '../../examples/departments/listener.ts';
import type { StoredPerson } from '../population.ts';

/** A department behind HTTP that answers as fast as it can: its rows are JSON already. */
export interface HttpSource {
  readonly baseUrl: string;
  takeReads(): number;
  close(): Promise<void>;
}

export type RowOf = (person: StoredPerson) => object | undefined;

/** `{keys, fields}` → `{code, data: {rows}}`: the rows of the keys that are known. */
export async function startBatchSource(
  people: readonly StoredPerson[],
  keyName: string,
  rowOf: RowOf,
): Promise<HttpSource> {
  const rows = jsonByKey(people, keyName, rowOf);
  return startSource((text) => {
    const { keys }: { keys: readonly string[] } = JSON.parse(text);
    return `{"code":"0","data":{"rows":[${keys.flatMap((key) => rows.get(key) ?? []).join(',')}]}}`;
  });
}

/** Federation's `_entities`, one answer per representation, null for the unknown. It holds what the measured documents select. */
export async function startEntitySource(
  people: readonly StoredPerson[],
  keyName: string,
  rowOf: RowOf,
): Promise<HttpSource> {
  const rows = jsonByKey(people, keyName, rowOf);
  return startSource((text) => {
    const { query, variables }: GraphqlBody = JSON.parse(text);
    const alias = /(?:(\w+)\s*:\s*)?_entities\b/.exec(query);
    const [representations] = Object.values(variables);
    if (!alias || !representations) return '{"errors":[{"message":"only _entities is served"}]}';
    const found = representations.map((one) => rows.get(one[keyName] ?? '') ?? 'null');
    return `{"data":{"${alias[1] ?? '_entities'}":[${found.join(',')}]}}`;
  });
}

interface GraphqlBody {
  readonly query: string;
  readonly variables: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
}

function jsonByKey(
  people: readonly StoredPerson[],
  keyName: string,
  rowOf: RowOf,
): ReadonlyMap<string, string> {
  return new Map(
    people.flatMap((person) => {
      const row = rowOf(person);
      return row ? [[String(Reflect.get(row, keyName)), JSON.stringify(row)] as const] : [];
    }),
  );
}

async function startSource(answer: (body: string) => string): Promise<HttpSource> {
  let reads = 0;
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      // Whether anybody is there is no read.
      const isRead = body.includes('"keys"') || body.includes('_entities');
      if (isRead) reads += 1;
      const bytes = Buffer.from(isRead ? answer(body) : '{}');
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
      response.end(bytes);
    });
  });
  server.keepAliveTimeout = 60_000;
  const listener = await createListener(server, { host: '127.0.0.1', port: 0 });
  return {
    baseUrl: `http://127.0.0.1:${listener.port}`,
    takeReads() {
      const taken = reads;
      reads = 0;
      return taken;
    },
    close: () => listener.shut(),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(request, 'end');
  return Buffer.concat(chunks).toString('utf8');
}
