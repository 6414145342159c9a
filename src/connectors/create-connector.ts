import { HubError } from '../errors.ts';
import { isForbiddenAddress, type OutboundRule } from '../outbound-address.ts';
import { createColumnCharsets, unknownCharsets } from './charset.ts';
import type { Connection, Connector, ConnectorObserver, SourceSettings } from './connector.ts';
import { GraphqlDriver } from './graphql/graphql-driver.ts';
import { defaultTuning, GuardedConnector, type GuardTuning } from './guarded-connector.ts';
import { type HttpConnection, isOwnMachine, parseAddress } from './http/http-connection.ts';
import { HttpDriver } from './http/http-driver.ts';
import { HttpExchange } from './http/http-exchange.ts';
import { MysqlDriver } from './mysql/mysql-driver.ts';
import { PostgresDriver } from './postgres/postgres-driver.ts';
import type { SourceDriver } from './source-driver.ts';
import type { SqlConnection } from './sql/sql-connection.ts';

/**
 * Makes the connector of one source. Nothing is connected yet: a source that is down is no reason not to start. Throws
 * `CONFIG_INVALID` for settings and connections that do not fit together; the hint names the source and what is wrong, never what the connection
 * holds. The caller must `close` it.
 */
export function createConnector(
  settings: SourceSettings,
  connection: Connection,
  observer: ConnectorObserver,
  tuning: GuardTuning = defaultTuning,
  rule: OutboundRule = {},
): Connector {
  if (settings.kind !== connection.kind) throw invalid(settings, `needs a ${settings.kind} connection`);
  const [unknown] = unknownCharsets(settings);
  if (unknown !== undefined) throw invalid(settings, 'names an unknown character set');
  const concurrency = Math.min(settings.concurrency, poolSizeOf(connection) ?? settings.concurrency);
  const driver = createDriver(settings, connection, concurrency, { observer, rule });
  return new GuardedConnector({ settings, driver, observer, concurrency, tuning });
}

function createDriver(
  settings: SourceSettings,
  connection: Connection,
  concurrency: number,
  { observer, rule }: { readonly observer: ConnectorObserver; readonly rule: OutboundRule },
): SourceDriver {
  if ('host' in connection) checkDatabase(settings, connection, observer);
  switch (connection.kind) {
    case 'postgres':
      return new PostgresDriver(settings, connection, concurrency, observer);
    case 'mysql':
      return new MysqlDriver(settings, connection, concurrency, observer);
    case 'http':
      return new HttpDriver(settings, createExchange(settings, connection, observer, rule));
    case 'graphql':
      return new GraphqlDriver(settings, createExchange(settings, connection, observer, rule));
  }
}

function checkDatabase(
  settings: SourceSettings,
  { host, tls }: SqlConnection,
  observer: ConnectorObserver,
): void {
  if (isForbiddenAddress(host, {})) throw invalid(settings, forbidden);
  if (!tls && !isOwnMachine(host)) observer.warn(settings.name, openNetwork);
}

function createExchange(
  settings: SourceSettings,
  connection: HttpConnection,
  observer: ConnectorObserver,
  rule: OutboundRule,
): HttpExchange {
  if (createColumnCharsets(settings).of('') !== undefined) throw invalid(settings, 'must answer in UTF-8');
  const address = parseAddress(connection.baseUrl);
  const tokens = connection.oauth2 ? parseAddress(connection.oauth2.tokenUrl) : address;
  if (!address || !tokens)
    throw invalid(settings, 'needs http(s) URLs without credentials, query and fragment');
  if ([address, tokens].some(({ host }) => isForbiddenAddress(host, rule)))
    throw invalid(settings, forbidden);
  if (address.isOpen || tokens.isOpen) observer.warn(settings.name, openNetwork);
  return new HttpExchange(settings, connection, address, rule);
}

const openNetwork = 'is reached without TLS';
const forbidden = 'names an address to which the hub does not connect (docs/limits.md)';

function poolSizeOf(connection: Connection): number | undefined {
  return 'poolSize' in connection ? connection.poolSize : undefined;
}

function invalid(settings: SourceSettings, problem: string): HubError {
  return new HubError('CONFIG_INVALID', { hint: `Source ${settings.name} ${problem}.` });
}
