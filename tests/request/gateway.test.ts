import { printSchema } from 'graphql';
import { expect, it } from 'vitest';
import { defaultHubLimits } from '../../src/config.ts';
import type { Connector } from '../../src/connectors/connector.ts';
import { createGateway, type HubGateway } from '../../src/gateway.ts';
import { createApolloServer } from '../../src/request/apollo-server.ts';
import type { ExecuteParts } from '../../src/request/execute.ts';
import { createGeneration } from '../../src/request/generation.ts';
import { composeFixture } from '../support/hub-graph.ts';
import { createRecording } from '../support/recording-connector.ts';
import { citizenIds } from '../support/residents.ts';
import { createTestStory, testNow } from '../support/run-operation.ts';
import { sampleTables } from '../support/sample-tables.ts';
import { createTablePolicy, permitAllBut } from '../support/table-policy.ts';

const [id = ''] = citizenIds(1);
const query = 'query($i: ResidentIdentifier!) { resident(identifier: $i) { name } }';

it('a new graph takes over while the hub serves: who began on the old one finishes there', async () => {
  const [before, after] = [composeFixture(), composeFixture()];
  let letAnswer = () => {};
  const gate = new Promise<void>((resolve) => {
    letAnswer = resolve;
  });
  let started = () => {};
  const reading = new Promise<void>((resolve) => {
    started = resolve;
  });
  const tables = sampleTables([id]);
  const slow = createRecording(before, { tables, onRead: () => started() }).connectors;
  const connectors = new Map(
    [...slow].map(([name, inner]): [string, Connector] => [
      name,
      {
        ...inner,
        async read(request, signal) {
          const result = await inner.read(request, signal);
          await gate;
          return result;
        },
      },
    ]),
  );
  const policy = createTablePolicy(permitAllBut(before, {}));
  const used: string[] = [];
  const generationOf = (graph: typeof before, name: string) => {
    const generation = createGeneration(graph, defaultHubLimits);
    return {
      ...generation,
      compile: (operation: Parameters<typeof generation.compile>[0]) => {
        used.push(name);
        return generation.compile(operation);
      },
    };
  };
  const parts = {
    limits: defaultHubLimits,
    policy: () => policy,
    inForce: () => ({ agreements: [], purposes: new Map() }),
    connectors: () => connectors,
    references: { conceal: () => 'ref', reveal: () => undefined },
    now: () => testNow,
    onUnknown: (error: unknown) => {
      throw error;
    },
    onFindings: () => {},
  } as unknown as ExecuteParts;
  const gateway: HubGateway = createGateway(generationOf(before, 'old'), parts);
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const apollo = createApolloServer(gateway, quiet);
  await apollo.start();
  const ask = async () => {
    const variables = { i: { value: id } };
    const operation = { source: query, operationName: undefined, variables };
    const contextValue = { handed: { story: createTestStory(), operation } };
    const { body } = await apollo.executeOperation({ query }, { contextValue });
    return body.kind === 'single' ? body.singleResult : undefined;
  };
  const inFlight = ask();
  await reading;
  gateway.swap(generationOf(after, 'new'));
  const next = ask();
  letAnswer();
  const answers = [await inFlight, await next];
  expect(answers.map((answer) => answer?.errors)).toEqual([undefined, undefined]);
  expect(JSON.stringify(answers[0]?.data)).toBe(JSON.stringify(answers[1]?.data));
  expect(used).toEqual(['old', 'new']);
  expect(printSchema(gateway.current.schema)).toBe(printSchema(after.schema));
  await apollo.stop();
});
