import { createPopulation } from '../population/population.ts';
import { createSecret, deriveCredential } from './credentials.ts';
import { createReadLog, type Department, type DepartmentOptions } from './department.ts';
import { createFaultSwitch } from './faults.ts';
import { isMain } from './is-main.ts';
import { createListener, type Listener } from './listener.ts';
import { createPoliceDatabase, policeTables, reader } from './police-database.ts';
import { createPoliceServer } from './police-wire.ts';
import { runDepartment } from './run-department.ts';

/** 公安: PostgreSQL over its wire protocol (PGlite in memory), read-only, one session at a time. */
export type PoliceDepartment = Department;

const databaseName = 'population';

export async function startPoliceDepartment(options: DepartmentOptions = {}): Promise<PoliceDepartment> {
  const { residents, port = 0, host = '127.0.0.1', secret = createSecret(), fault } = options;
  const { police, facts } = createPopulation(residents === undefined ? {} : { residents });
  const password = deriveCredential(secret, 'database password');
  const database = await createPoliceDatabase(police);
  const log = createReadLog();
  const faults = createFaultSwitch();
  const server = createPoliceServer({
    database,
    account: { user: reader, password, database: databaseName },
    tables: policeTables,
    log,
    faults,
    foreignKey: facts.fixed.outsider.value,
  });
  const listener = await createListener(server, { host, port });
  const department: Department = {
    connection: {
      kind: 'postgres',
      host,
      port: listener.port,
      database: databaseName,
      user: reader,
      password,
      poolSize: 1,
    },
    reads: log.all,
    resetReads: log.reset,
    delayed: faults.delayed,
    inject: async (next) => {
      faults.set(next);
      await (next.kind === 'refuse' ? listener.shut() : listener.open());
    },
    recover: async () => {
      faults.set(undefined);
      await listener.open();
    },
    close: createClose(listener, faults, database),
  };
  if (fault) await department.inject(fault);
  return department;
}

function createClose(
  listener: Listener,
  faults: { set(fault: undefined): void },
  database: { readonly closed: boolean; close(): Promise<void> },
): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async () => {
    faults.set(undefined);
    await listener.shut();
    if (!database.closed) await database.close();
  };
  return () => {
    closing ??= close();
    return closing;
  };
}

if (isMain(import.meta.url)) await runDepartment(startPoliceDepartment);
