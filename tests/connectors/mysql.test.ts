import { describe } from 'vitest';
import { describeConnector } from '../contract/connector.ts';
import { engines } from '../support/engines.ts';
import { mysqlServer } from './support/mysql-source.ts';

if (engines.mysql) describeConnector('mysql on a server', mysqlServer);
else describe.skip('mysql: no server named');
