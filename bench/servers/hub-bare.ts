import fastify from 'fastify';
import { defaultHubLimits } from '../../src/config.ts';
import { createConnector } from '../../src/connectors/create-connector.ts';
import { composeGraph } from '../../src/contract/compose-graph.ts';
import { readContractFiles } from '../../src/contract/contract-files.ts';
import type { Graph } from '../../src/contract/graph.ts';
import { createGateway } from '../../src/gateway.ts';
import type { Caller } from '../../src/identity/subject.ts';
import type { Decision, FieldPolicy } from '../../src/policies/decision.ts';
import { createSubjectClass } from '../../src/policies/subject-class.ts';
import { createApolloServer } from '../../src/request/apollo-server.ts';
import { createGeneration } from '../../src/request/generation.ts';
import { runApollo } from '../../src/request/run-apollo.ts';
import { createStory } from '../../src/request/story.ts';
import { attachResolvers } from '../../src/resolvers/planned.ts';
import { department, purpose } from '../workload.ts';
import type { RunningServer, ServerOptions } from './server-kinds.ts';
import { createVerifyToken } from './verify-token.ts';

/**
 * Plan, fetch and Apollo of the product between a hand-written door and nothing: what policy, admission and record cost is the difference
 * to the hub. Composed here and nowhere else; the product has no such switch.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { graph } = composeGraph(await readContractFiles(options.contractsDir));
  if (!graph) throw new TypeError('the contracts of the bench do not compose');
  attachResolvers(graph, {});
  const connectors = openConnectors(graph, options);
  const generation = createGeneration(graph, defaultHubLimits);
  const gateway = createGateway(generation, {
    limits: defaultHubLimits,
    policy: () => openPolicy,
    inForce: () => ({ agreements: [], purposes: new Map() }),
    connectors: () => connectors,
    references: { conceal: (_, { value }) => value, reveal: () => undefined },
    cursors: { seal: () => '', open: () => undefined },
    now: () => new Date(),
    onUnknown: (error) => process.emitWarning(String(error)),
    onFindings: () => {},
  });
  const apollo = createApolloServer(gateway, { debug() {}, info() {}, warn() {}, error() {} });
  await apollo.start();
  const verifyToken = await createVerifyToken(options.dataDir);
  const server = fastify({ bodyLimit: 1_048_576, keepAliveTimeout: 72_000 });
  server.route({
    method: 'POST',
    url: '/graphql',
    handler: async (request, reply) => {
      const caller = callerOf(await verifyToken(request.headers.authorization));
      const story = createStory(new Date(), new AbortController().signal);
      Object.assign(story, { caller, subjectClass: createSubjectClass(caller) });
      const { query: source, variables } = request.body as BenchBody;
      const operation = { source, operationName: undefined, variables };
      return runApollo(apollo, operation, { story, accept: request.headers.accept, reply });
    },
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${address}/graphql`,
    async close() {
      await server.close();
      await apollo.stop();
      for (const connector of connectors.values()) await connector.close();
    },
  };
}

/** As `workload.ts` writes it. */
interface BenchBody {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

function openConnectors(graph: Graph, { sources }: ServerOptions) {
  return new Map(
    [...graph.sources].flatMap(([name, settings]) => {
      const connection = Object.entries(sources).find(([credential]) => credential === settings.credential);
      return connection ? [[name, createConnector(settings, connection[1], { warn() {} })] as const] : [];
    }),
  );
}

const masks = new Map([
  ['PoliceRecord.name', 'NAME'],
  ['PoliceRecord.phone', 'PHONE'],
  ['PoliceRecord.birthDate', 'YEAR'],
  ['CivilAffairsRecord.name', 'NAME'],
  ['JusticeRecord.name', 'NAME'],
]);

/** Everything for everybody, in the shape that the agreements of the bench give. */
const openPolicy: FieldPolicy = {
  fingerprint: 'bench',
  decide: (_subject, coordinate): Decision => {
    const mask = masks.get(coordinate);
    return mask ? { effect: 'MASK', mask, rule: 'bench' } : { effect: 'PERMIT', rule: 'bench' };
  },
  validUntil: () => Number.POSITIVE_INFINITY,
  pageSize: () => 1_000,
};

function callerOf(client: string): Caller {
  const subject = {
    client,
    department,
    roles: [],
    purposes: [purpose],
    issuer: 'bench',
    tokenId: 'bench',
    expiresAt: 0,
  };
  return { subject, purpose };
}
