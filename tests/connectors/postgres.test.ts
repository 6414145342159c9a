import { describeConnector } from '../contract/connector.ts';
import { engines } from '../support/engines.ts';
import { pgliteOverTheWire, postgresServer } from './support/postgres-source.ts';

describeConnector('postgres over PGlite', pgliteOverTheWire);
if (engines.postgres) describeConnector('postgres on a server', postgresServer);
