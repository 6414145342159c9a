import type pg from 'pg';
import type { ProbeResult } from '../connector.ts';

/** Asks the server's catalogue what the account may do. Read-only sessions are our promise; a read-only account is the department's. */
export async function probePostgres(
  query: (text: string) => Promise<pg.QueryArrayResult>,
): Promise<ProbeResult> {
  const { rows } = await query(privileges);
  const [isSuperuser, canCreateDatabases, canCreateRoles, writableTables, canCreateTables] = rows[0] ?? [];
  const notes = [
    ...(isSuperuser === true ? ['superuser'] : []),
    ...(canCreateDatabases === true ? ['may create databases'] : []),
    ...(canCreateRoles === true ? ['may create roles'] : []),
    ...(Number(writableTables) > 0 ? [`may write ${Number(writableTables)} tables`] : []),
  ];
  const canWrite = notes.length > 0;
  // Before PostgreSQL 15 everybody may create tables in `public`; worth a word, but no danger to what is there.
  if (canCreateTables === true) notes.push('may create tables');
  return { ok: true, canWrite, notes };
}

const privileges = `
  SELECT rolsuper, rolcreatedb, rolcreaterole,
    (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind IN ('r', 'p', 'f', 'v') AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_%'
        AND (has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE')
          OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE'))),
    (SELECT bool_or(has_schema_privilege(oid, 'CREATE')) FROM pg_namespace
      WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_%')
  FROM pg_roles WHERE rolname = current_user`;
