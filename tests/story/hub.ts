import { rm } from 'node:fs/promises';
import { clientDefaults } from '../../examples/demo-clients.ts';
import { createDemoIssuer, type TokenRequest } from '../../examples/demo-issuer.ts';
import { startCivilAffairsDepartment } from '../../examples/departments/civil-affairs.ts';
import type { Department } from '../../examples/departments/department.ts';
import { startJusticeDepartment } from '../../examples/departments/justice.ts';
import { startPoliceDepartment } from '../../examples/departments/police.ts';
import { startSocialSecurityDepartment } from '../../examples/departments/social-security.ts';
import type { PopulationFacts } from '../../examples/population/facts.ts';
import { createPopulation } from '../../examples/population/population.ts';
import { type App, type AppOverrides, createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { readAgreementFiles } from '../../src/registry/agreements-command.ts';
import {
  createEmptyDir,
  createTestDatabase,
  createTestDataDir,
  type StorageKind,
} from '../support/test-storage.ts';

export const departmentNames = ['police', 'civil-affairs', 'social-security', 'justice'] as const;
export type DepartmentName = (typeof departmentNames)[number];

/** A whole hub with four departments in this process, each on its real protocol. */
export interface TestHub {
  readonly app: App;
  readonly dataDir: string;
  /** What its configuration is parsed from: with it another process serves the same, once the app is closed. */
  readonly environment: Readonly<Record<string, string>>;
  readonly departments: Readonly<Record<DepartmentName, Department>>;
  readonly facts: PopulationFacts;
  token(request: TokenRequest): Promise<string>;
  /** Sends one operation the way a client would; answers are parsed. */
  ask(options: Ask): Promise<Answer>;
  close(): Promise<void>;
}

export interface Ask {
  /** Default `/graphql`. */
  readonly url?: string;
  /** The whole body, instead of `query` and so on. */
  readonly payload?: unknown;
  readonly client?: string;
  readonly purpose?: string;
  readonly caseReference?: string;
  readonly region?: string;
  readonly query?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // Tests look at whatever the operation asked for.
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the query
  readonly body: any;
}

export interface HubOptions {
  readonly residents?: number;
  /** The departments to start; the others have no connection. All four by default. */
  readonly only?: readonly DepartmentName[];
  /** Where the hub keeps its own tables. */
  readonly storage?: StorageKind;
  readonly overrides?: AppOverrides;
  readonly environment?: Readonly<Record<string, string>>;
}

const purposes: Readonly<Record<string, { purpose: string; caseReference?: string }>> = {
  'mediation-center': { purpose: 'dispute-mediation', caseReference: '2026-TJ-0001' },
  'one-stop-hall': { purpose: 'one-stop-service' },
  'service-kiosk': { purpose: 'one-stop-service' },
  'street-platform': { purpose: 'grassroots-governance' },
  'hotline-12345': { purpose: 'hotline-service' },
  'civil-affairs-desk': { purpose: 'social-assistance-review', caseReference: '2026-JZ-0001' },
  'correction-desk': { purpose: 'correction-supervision', caseReference: '2026-JZ-0002' },
  'audit-office': { purpose: 'audit-review' },
};

export async function startHub(options: HubOptions = {}): Promise<TestHub> {
  const database = options.storage === 'server' ? await createTestDatabase() : undefined;
  const dataDir = database ? createEmptyDir() : await createTestDataDir();
  const residents = options.residents ?? 200;
  const issuer = await createDemoIssuer(dataDir);
  const departments = await startDepartments(residents, options.only ?? departmentNames);
  const environment = {
    HUB_DATA_DIR: dataDir,
    HUB_LOG_LEVEL: 'silent',
    PORT: '0',
    // Departments, population and client share this process with the hub: its event loop is not the hub's alone.
    HUB_LIMIT_MAX_EVENT_LOOP_DELAY_MS: '60000',
    ...(database ? { DATABASE_URL: database.url } : {}),
    ...options.environment,
  };
  const app = await createApp(parseConfig(environment), options.overrides);
  await connect(app, departments);
  const { facts } = createPopulation({ residents });
  const token = (request: TokenRequest) =>
    issuer.issueToken({ ...clientDefaults(request.client), ...request });
  return {
    app,
    dataDir,
    environment,
    departments: byName(departments),
    facts,
    token,
    ask: (request) => send(app, token, request),
    async close() {
      await app.close();
      await Promise.all([...departments.values()].map((department) => department.close()));
      await database?.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const starters = {
  police: startPoliceDepartment,
  'civil-affairs': startCivilAffairsDepartment,
  'social-security': startSocialSecurityDepartment,
  justice: startJusticeDepartment,
} as const;

async function startDepartments(
  residents: number,
  only: readonly DepartmentName[],
): Promise<ReadonlyMap<DepartmentName, Department>> {
  const started = only.map(async (name) => [name, await starters[name]({ residents, port: 0 })] as const);
  return new Map(await Promise.all(started));
}

/** Asking for a department that was not started is a mistake of the test. */
function byName(departments: ReadonlyMap<DepartmentName, Department>): Record<DepartmentName, Department> {
  const find = (name: DepartmentName): Department => {
    const department = departments.get(name);
    if (!department) throw new TypeError(`${name} was not started`);
    return department;
  };
  return {
    get police() {
      return find('police');
    },
    get 'civil-affairs'() {
      return find('civil-affairs');
    },
    get 'social-security'() {
      return find('social-security');
    },
    get justice() {
      return find('justice');
    },
  };
}

const credentials: Readonly<Record<DepartmentName, string>> = {
  police: 'police-population',
  'civil-affairs': 'civil-affairs-registry',
  'social-security': 'social-security-insurance',
  justice: 'justice-cases',
};

async function connect(app: App, departments: ReadonlyMap<DepartmentName, Department>): Promise<void> {
  for (const [name, department] of departments) {
    await app.administration.putConnection(credentials[name], department.connection, 'test');
  }
  await app.administration.importAgreements(await readAgreementFiles('examples/agreements'), 'test');
}

async function send(app: App, token: TestHub['token'], ask: Ask): Promise<Answer> {
  const client = ask.client ?? 'mediation-center';
  const defaults = purposes[client];
  const purpose = ask.purpose ?? defaults?.purpose ?? '';
  const caseReference = ask.caseReference ?? defaults?.caseReference;
  const bearer = await token({ client, ...(ask.region === undefined ? {} : { region: ask.region }) });
  const response = await app.fastify.inject({
    method: 'POST',
    url: ask.url ?? '/graphql',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${bearer}`,
      'shuqiao-purpose': purpose,
      ...(caseReference === undefined ? {} : { 'shuqiao-case': caseReference }),
      ...ask.headers,
    },
    payload: JSON.stringify(
      ask.payload ?? { query: ask.query, variables: ask.variables, operationName: ask.operationName },
    ),
  });
  return parseAnswer(response);
}

export function parseAnswer(response: { statusCode: number; headers: object; payload: string }): Answer {
  const { statusCode: status, headers, payload: text } = response;
  return { status, headers: { ...headers }, text, body: text === '' ? undefined : JSON.parse(text) };
}
