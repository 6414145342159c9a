import { buildSchema, graphql } from 'graphql';
import type { GraphqlTarget } from '../../../src/connectors/connector.ts';
import type { ConnectorHarness } from '../../contract/connector.ts';
import type { Fixture } from './fixture.ts';
import { type Respond, startHttpServer } from './http-server.ts';
import { httpSettings } from './http-source.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const sdl = `
  scalar _Any
  union _Entity = Person
  type Query {
    people(ids: [String!]!): [Person!]
    events(ids: [String!]!, sealed: [String!], kind: String): [Event!]!
    _entities(representations: [_Any!]!): [_Entity]!
  }
  type Person { id_no: ID! full_name: String region: String score: Int note: String }
  type Event { id_no: ID! happened: String kind: String! sealed: String! }`;

/** A department's GraphQL interface over the fixture; people by `_entities` or by a list field. */
export function graphqlInterface(people: 'entities' | 'query'): ConnectorHarness {
  return {
    // An entity is one per representation.
    capabilities: { ambiguity: people === 'query', batched: false, lists: false },
    start: async (fixture) => {
      const server = await startHttpServer(serveGraphql(fixture));
      const proxy = await startTcpProxy({ host: '127.0.0.1', port: server.port });
      return {
        settings: httpSettings('graphql'),
        connection: { kind: 'graphql', baseUrl: `http://127.0.0.1:${proxy.port}/graphql` },
        people: { target: people === 'entities' ? entities : query('people') },
        events: { target: query('events') },
        proxy,
        stop: async () => {
          await proxy.close();
          await server.close();
        },
      };
    },
  };
}

const entities: GraphqlTarget = { kind: 'graphql', entities: 'Person', batch: 400, filters: [] };

function query(field: string): GraphqlTarget {
  return {
    kind: 'graphql',
    query: { field, argument: 'ids' },
    batch: 400,
    filters: [
      { column: 'sealed', op: 'in', param: 'sealed' },
      { column: 'kind', op: 'eq', param: 'kind' },
    ],
  };
}

function serveGraphql({ people, events }: Fixture): Respond {
  const schema = buildSchema(sdl);
  const person = ({ id_no }: { readonly id_no: string }) => {
    const row = people.find((candidate) => candidate.id_no === id_no);
    return row ? { __typename: 'Person', ...row } : null;
  };
  const rootValue = {
    people: ({ ids }: { ids: string[] }) => people.filter(({ id_no }) => ids.includes(id_no)),
    events: ({ ids, sealed, kind }: { ids: string[]; sealed?: string[]; kind?: string }) =>
      events.filter(
        (event) =>
          ids.includes(event.id_no) &&
          (sealed?.includes(event.sealed) ?? true) &&
          (kind === undefined || event.kind === kind),
      ),
    _entities: ({ representations }: { representations: { id_no: string }[] }) => representations.map(person),
  };
  return async ({ body }) => {
    const { query: source, variables: variableValues } = JSON.parse(body);
    return graphql({ schema, source, variableValues, rootValue });
  };
}
