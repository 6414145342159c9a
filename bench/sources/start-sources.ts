import type { Connection } from '../../src/connectors/connector.ts';
import { createPeople, type StoredPerson } from '../population.ts';
import { createMysqlCounter, createPostgresCounter, startRelay } from './count-statements.ts';
import {
  createCivilAffairsOnServer,
  createPoliceEmbedded,
  createPoliceOnServer,
  type SqlConnection,
  type TableSource,
} from './databases.ts';
import { type HttpSource, startBatchSource, startEntitySource } from './http-sources.ts';
import type { Engines, Sources } from './source-addresses.ts';

/** One department as the servers reach it, and how often they did. */
interface Source {
  readonly direct: Connection;
  readonly counted: Connection;
  readonly kind: string;
  takeReads(): number;
  close(): Promise<void>;
}

/** Starts the four departments with so many people. The caller must close them. */
export async function startSources(people: number, engines: Engines): Promise<Sources> {
  const all = createPeople(people);
  const police = await relayed(
    await (engines.postgres ? createPoliceOnServer(engines.postgres, all) : createPoliceEmbedded(all)),
  );
  const civilAffairs = await startCivilAffairs(all, engines);
  const socialSecurity = overHttp(
    'http',
    await startBatchSource(all, 'aac002', (person) => person.socialSecurity),
  );
  const justice = overHttp('graphql', await startEntitySource(all, 'idNumber', (person) => person.justice));
  return joinSources({
    'police-population': police,
    'civil-affairs-registry': civilAffairs,
    'social-security-insurance': socialSecurity,
    'justice-cases': justice,
  });
}

async function startCivilAffairs(people: readonly StoredPerson[], engines: Engines): Promise<Source> {
  if (engines.mysql) return relayed(await createCivilAffairsOnServer(engines.mysql, people));
  return overHttp('http', await startBatchSource(people, 'id_card', (person) => person.civilAffairs));
}

async function relayed({ connection, kind, close }: TableSource): Promise<Source> {
  const counter = connection.kind === 'mysql' ? createMysqlCounter : createPostgresCounter;
  const relay = await startRelay(connection, counter);
  const counted: SqlConnection = { ...connection, host: '127.0.0.1', port: relay.port };
  return {
    direct: connection,
    counted,
    kind,
    takeReads: relay.take,
    async close() {
      await relay.close();
      await close();
    },
  };
}

function overHttp(kind: 'http' | 'graphql', { baseUrl, takeReads, close }: HttpSource): Source {
  const connection: Connection = { kind, baseUrl };
  const name = kind === 'http' ? 'HTTP/JSON' : 'GraphQL _entities';
  return { direct: connection, counted: connection, kind: name, takeReads, close };
}

function joinSources(sources: Readonly<Record<keyof Sources['direct'], Source>>): Sources {
  return {
    direct: each(sources, ({ direct }) => direct),
    counted: each(sources, ({ counted }) => counted),
    kinds: each(sources, ({ kind }) => kind),
    takeReads: async () => each(sources, (source) => source.takeReads()),
    async close() {
      for (const source of Object.values(sources)) await source.close();
    },
  };
}

function each<K extends string, T, R>(record: Readonly<Record<K, T>>, map: (value: T) => R): Record<K, R> {
  const entries = Object.entries<T>(record).map(([name, value]) => [name, map(value)] as const);
  // The same names as before.
  return Object.fromEntries(entries) as Record<K, R>;
}
