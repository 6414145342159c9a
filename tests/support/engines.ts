/**
 * Real database servers for the suites that need one. Named by the environment and never detected, so that a test run on
 * a newcomer's machine touches nothing of theirs; CI sets both, and SHUQIAO_REQUIRE_ENGINES makes a missing one an error.
 */
export interface Engines {
  /** URL of a PostgreSQL superuser connection. */
  readonly postgres?: string;
  /** URL of a MySQL or MariaDB root connection. */
  readonly mysql?: string;
}

export const engines: Engines = readEngines(process.env);

function readEngines(environment: NodeJS.ProcessEnv): Engines {
  const postgres = environment['SHUQIAO_TEST_POSTGRES'];
  const mysql = environment['SHUQIAO_TEST_MYSQL'];
  if (environment['SHUQIAO_REQUIRE_ENGINES'] === '1' && !(postgres && mysql)) {
    throw new TypeError(
      'SHUQIAO_REQUIRE_ENGINES is set: SHUQIAO_TEST_POSTGRES and SHUQIAO_TEST_MYSQL must be URLs',
    );
  }
  return { ...(postgres ? { postgres } : {}), ...(mysql ? { mysql } : {}) };
}
