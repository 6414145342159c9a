import type { ClientBase, Pool } from 'pg';
import type { Sql } from './sql.ts';
import { storeFailure } from './store-failure.ts';

/**
 * `pool` belongs to the caller and should not be the one through which records are appended. Rejects with
 * `AUDIT_UNAVAILABLE`, without the statement's parameters.
 */
export function createPgSql(pool: Pool): Sql {
  return {
    query: queryOf(pool),
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw storeFailure(error);
      });
      // Broken between two queries: the next one fails, and the process must live to see it.
      const ignore = () => {};
      client.on('error', ignore);
      try {
        const query = queryOf(client);
        await query('BEGIN', []);
        const result = await work({ query });
        await query('COMMIT', []);
        client.release();
        return result;
      } catch (error) {
        // Dropping the session rolls back, and works where ROLLBACK would not.
        client.release(true);
        throw error;
      } finally {
        client.off('error', ignore);
      }
    },
  };
}

function queryOf(client: Pool | ClientBase): Sql['query'] {
  return async (statement, params) => {
    try {
      const named = typeof statement === 'string' ? { text: statement } : statement;
      return (await client.query({ ...named, values: [...params] })).rows;
    } catch (error) {
      throw storeFailure(error);
    }
  };
}
