import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FastifyReply } from 'fastify';
import { expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import type { Connector, ReadRequest, ReadResult } from '../../src/connectors/connector.ts';
import { createGateway } from '../../src/gateway.ts';
import { createApolloServer } from '../../src/request/apollo-server.ts';
import type { ExecuteParts } from '../../src/request/execute.ts';
import { createGeneration } from '../../src/request/generation.ts';
import { runApollo } from '../../src/request/run-apollo.ts';
import { composeFixture } from '../support/hub-graph.ts';
import { citizenIds } from '../support/residents.ts';
import { createTestStory, testNow } from '../support/run-operation.ts';
import { createTablePolicy, permitAllBut } from '../support/table-policy.ts';

const source = `query($ids: [ResidentIdentifier!]!) { residents(identifiers: $ids) { name police { phone } civilAffairs { maritalStatus } } }`;
const variables = { ids: citizenIds(2).map((value) => ({ value })) };

/**
 * What outlives its request is moved to the old generation, and a busy hub then spends its time on moving it: values of WeakMaps, what the
 * accessors of an object literal close over, hidden classes of objects that are spread and then added to.
 */
it('a request leaves little in the old generation of the heap', async () => {
  const ask = await openHub();
  const collect = exposeGc();
  for (let time = 0; time < 2_000; time++) await ask();
  collect();
  const before = oldBytes();
  const requests = 500;
  for (let time = 0; time < requests; time++) await ask();
  collect({ type: 'minor' });
  collect({ type: 'minor' });
  expect((oldBytes() - before) / requests).toBeLessThan(6_000);
});

/** From Apollo to the departments, who answer at once; without a door and a record. */
async function openHub(): Promise<() => Promise<unknown>> {
  const graph = composeFixture();
  const policy = createTablePolicy(permitAllBut(graph, {}));
  const connectors = new Map([...graph.sources.keys()].map((name) => [name, answerAtOnce(name)]));
  const parts = {
    limits: defaultHubLimits,
    policy: () => policy,
    connectors: () => connectors,
    references: { conceal: () => 'ref', reveal: () => undefined },
    now: () => testNow,
    onUnknown: () => {},
    onFindings: () => {},
  } as unknown as ExecuteParts;
  const gateway = createGateway(createGeneration(graph, defaultHubLimits), parts);
  const apollo = createApolloServer(gateway, { debug() {}, info() {}, warn() {}, error() {} });
  await apollo.start();
  const reply = { header: () => reply, code: () => reply } as unknown as FastifyReply;
  const operation = { source, operationName: undefined, variables };
  return () => runApollo(apollo, operation, { story: createTestStory(), accept: undefined, reply });
}

function answerAtOnce(source: string): Connector {
  const read = async ({ shape, keys }: ReadRequest): Promise<ReadResult> => ({
    rows: (keys[0] ?? []).map((_, key) => ({ key, values: shape.columns.map(() => 'x') })),
    readAt: testNow.toISOString(),
    reads: 1,
    findings: {},
  });
  return { source, kind: 'http', read } as unknown as Connector;
}

function exposeGc(): (options?: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as ReturnType<typeof exposeGc>;
}

function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => ['old_space', 'map_space', 'large_object_space'].includes(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}
