import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { type CaseRow, caseSdl, createCaseSystem } from './case-system.ts';
import { type Answer, parseAnswer, type TestHub } from './hub.ts';

interface GatewayPackage {
  createGatewayRuntime(config: object): Gateway;
  useCustomFetch(fetch: (url: string, init?: RequestInit) => Promise<Response>): object;
}

interface Gateway extends AsyncDisposable {
  fetch(url: string, init: RequestInit): Promise<Response>;
}

// A name that the compiler does not follow: types that come with the package change those of graphql for the whole project.
const gatewayPackage: string = '@graphql-hive/gateway-runtime';
const { createGatewayRuntime, useCustomFetch }: GatewayPackage = await import(gatewayPackage);

/** A gateway of Apollo Federation 2 in this process, over the hub and the case system. */
export interface Federation {
  readonly supergraph: string;
  /** The operations that the gateway sent to the hub. */
  readonly sent: { query: string; variables: Record<string, unknown> }[];
  ask(
    query: string,
    options: { headers: Readonly<Record<string, string>>; variables?: object },
  ): Promise<Answer>;
  close(): Promise<void>;
}

/** What a client says of itself goes through to the hub, which believes nobody else. */
const forwarded = ['authorization', 'shuqiao-purpose', 'shuqiao-case'] as const;

export function startFederation(hub: TestHub, hubSdl: string, cases: readonly CaseRow[]): Federation {
  const supergraph = compose(hubSdl);
  const sent: Federation['sent'] = [];
  const caseSystem = createCaseSystem(cases);
  const gateway = createGatewayRuntime({
    supergraph,
    logging: false,
    landingPage: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request, subgraphName }: { request: Request; subgraphName: string }) =>
        subgraphName.toLowerCase() === 'shuqiao' ? claimsOf(request) : {},
    },
    plugins: () => [
      useCustomFetch(async (url, init) => {
        const payload = String(init?.body);
        const body = JSON.parse(payload);
        if (url !== hubUrl) return Response.json(await caseSystem(body));
        sent.push(body);
        return askHub(hub, new Headers(init?.headers), payload);
      }),
    ],
  });
  return {
    supergraph,
    sent,
    async ask(query, { headers, variables }) {
      const response = await gateway.fetch('http://gateway.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return parseAnswer({
        statusCode: response.status,
        headers: Object.fromEntries(response.headers),
        payload: await response.text(),
      });
    },
    close: async () => gateway[Symbol.asyncDispose](),
  };
}

function claimsOf({ headers }: Request): Record<string, string> {
  return Object.fromEntries(
    forwarded.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** As over the network, without a port. */
async function askHub({ app }: TestHub, headers: Headers, payload: string): Promise<Response> {
  const answer = await app.fastify.inject({
    method: 'POST',
    url: '/graphql',
    headers: Object.fromEntries(headers),
    payload,
  });
  const type = String(answer.headers['content-type']);
  return new Response(answer.payload, { status: answer.statusCode, headers: { 'content-type': type } });
}

const hubUrl = 'http://hub.test/graphql';

function compose(hubSdl: string): string {
  const { supergraphSdl, errors } = composeServices([
    { name: 'shuqiao', typeDefs: parse(hubSdl), url: hubUrl },
    { name: 'cases', typeDefs: parse(caseSdl), url: 'http://cases.test/graphql' },
  ]);
  if (supergraphSdl === undefined) throw new TypeError(`does not compose: ${errors?.join('; ')}`);
  return supergraphSdl;
}
