import type { Connection } from '../connector.ts';

export type SqlConnection = Extract<Connection, { kind: 'postgres' | 'mysql' }>;
