import type { PGlite, QueryOptions, Transaction } from '@electric-sql/pglite';
import type { Sql, SqlRow } from './sql.ts';
import { storeFailure } from './store-failure.ts';

/** `db` belongs to the caller. Rejects with `AUDIT_UNAVAILABLE`, without the statement's parameters. */
export function createPgliteSql(db: PGlite): Sql {
  return {
    query: queryOf(db),
    transaction: (work) => db.transaction((transaction) => work({ query: queryOf(transaction) })),
  };
}

const UUID_ARRAY_OID = 2951;
const INTEGER_ARRAY_OID = 1007;
const asItIs = (bytes: Uint8Array) => bytes;

/** What is passed as a Buffer. */
const binaryArrays = {
  serializers: { [UUID_ARRAY_OID]: asItIs, [INTEGER_ARRAY_OID]: asItIs },
  // PGlite types serialisers as returning text, but binds a Uint8Array as binary.
} as unknown as QueryOptions;

function queryOf(session: PGlite | Transaction): Sql['query'] {
  return async (statement, params) => {
    try {
      const text = typeof statement === 'string' ? statement : statement.text;
      return (await session.query<SqlRow>(text, [...params], binaryArrays)).rows;
    } catch (error) {
      throw storeFailure(error);
    }
  };
}
