import type { PGlite, Transaction } from '@electric-sql/pglite';
import type { Sql, SqlRow } from './sql.ts';
import { storeFailure } from './store-failure.ts';

/** `db` belongs to the caller. Rejects with `AUDIT_UNAVAILABLE`, without the statement's parameters. */
export function createPgliteSql(db: PGlite): Sql {
  return {
    query: queryOf(db),
    transaction: (work) => db.transaction((transaction) => work({ query: queryOf(transaction) })),
  };
}

function queryOf(session: PGlite | Transaction): Sql['query'] {
  return async (text, params) => {
    try {
      return (await session.query<SqlRow>(text, [...params])).rows;
    } catch (error) {
      throw storeFailure(error);
    }
  };
}
