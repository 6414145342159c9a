import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseFlags } from '../../examples/departments/run-department.ts';
import { createPopulation } from '../../examples/population/population.ts';
import { type DepartmentProcesses, startDepartmentProcesses } from '../../examples/start-departments.ts';
import type { Connection } from '../../src/connectors/connector.ts';
import { post } from './http.ts';

const residents = 100;
const { everywhere } = createPopulation({ residents }).facts.fixed;

describe('the demo departments as processes', () => {
  let departments: DepartmentProcesses;
  const lost: string[] = [];

  beforeAll(async () => {
    departments = await startDepartmentProcesses({ residents, onLost: (name) => lost.push(name) });
  });

  afterAll(() => departments.stop());

  it('start side by side and answer', async () => {
    expect(Object.keys(departments.connections).toSorted()).toEqual([
      'civil-affairs-registry',
      'justice-cases',
      'police-population',
      'social-security-insurance',
    ]);
    expect(new Set(Object.values(departments.pids())).size).toBe(4);
    expect(await askPolice(departments.connections['police-population'])).toEqual([{ xm: '沈国强' }]);
    expect(await askJustice(departments.connections['justice-cases'])).toBe(200);
  });

  it('come back with the same port and credentials after a failure', async () => {
    const { 'justice-cases': justice } = departments.connections;
    const { 'justice-cases': pid } = departments.pids();
    await departments.kill('justice-cases');
    expect(departments.pids()['justice-cases']).toBeUndefined();
    await expect(askJustice(justice)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await askPolice(departments.connections['police-population'])).toEqual([{ xm: '沈国强' }]);
    await departments.restart('justice-cases');
    expect(departments.pids()['justice-cases']).not.toBe(pid);
    expect(await askJustice(justice)).toBe(200);
  });

  it('that somebody else ends are told, those that are ended on purpose are not', async () => {
    expect(lost).toEqual([]);
    process.kill(departments.pids()['civil-affairs-registry'] ?? 0, 'SIGKILL');
    await expect.poll(() => lost).toEqual(['civil-affairs-registry']);
    await departments.restart('civil-affairs-registry');
    expect(lost).toHaveLength(1);
  });

  it('are gone after stop, which may be called again', async () => {
    const pids = Object.values(departments.pids());
    await departments.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    await departments.stop();
    expect(lost).toHaveLength(1);
  });
});

describe('a parent that is killed', () => {
  it('leaves no department behind', async () => {
    const parent = spawn(process.execPath, ['--import', 'tsx', 'tests/examples/abandoned-parent.ts'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [{ pids, connections }] = await once(parent, 'message');
    const sockets = await Promise.all(Object.values<Connection>(connections).map(openSocket));
    const cut = Promise.all(sockets.map((socket) => once(socket, 'close')));
    parent.kill('SIGKILL');
    await cut;
    await vi.waitFor(() => expect(Object.values<number>(pids).filter(isRunning)).toEqual([]), 10_000);
  });
});

describe('a department that cannot start', () => {
  it('is reported with its reason, and takes the others with it', async () => {
    await expect(startDepartmentProcesses({ residents: 3 })).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringMatching(
        /demo department \S+ did not start: .*--residents must be a whole number from 18/,
      ),
    });
  });

  it.each([
    [['--port', 'http'], '--port must be a whole number from 0 to 65535'],
    [['--residents', '12.5'], '--residents must be a whole number'],
    [['--residents'], '--residents'],
    [['--colour', 'red'], "Unknown option '--colour'"],
    [['extra'], 'extra'],
  ])('says what is wrong with %j', (flags, words) => {
    expect(() => parseFlags(flags)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => parseFlags(flags)).toThrow(words);
  });

  it('says so on standard error, and nothing on standard output', async () => {
    const ended = await run(['--port', 'http']);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('--port must be a whole number');
  });

  it('names a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const ended = await run(['--residents', '20', '--port', port]);
    server.close();
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
  });
});

describe('a department started by hand', () => {
  it('prints one line when it is ready, and ends on SIGTERM', async () => {
    const child = spawnDepartment(['--residents', '20']);
    const output = collect(child);
    await vi.waitFor(() => expect(output.stdout()).toContain('\n'), 30_000);
    const { ready, connection } = JSON.parse(output.stdout());
    expect([ready, connection.kind]).toEqual([true, 'graphql']);
    expect(await askJustice(connection)).toBe(200);
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect([code, output.stderr()]).toEqual([0, '']);
    expect(output.stdout().trim().split('\n')).toHaveLength(1);
  });
});

function spawnDepartment(flags: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'examples/departments/justice.ts', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(flags: readonly string[]) {
  const child = spawnDepartment(flags);
  const output = collect(child);
  const [code] = await once(child, 'close');
  return { code, stdout: output.stdout(), stderr: output.stderr() };
}

function collect(child: ChildProcess) {
  const texts = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    texts.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    texts.stderr += chunk;
  });
  return { stdout: () => texts.stdout, stderr: () => texts.stderr };
}

async function askPolice(connection: Connection) {
  if (connection.kind !== 'postgres') throw new TypeError('the police is reached by PostgreSQL');
  const { host, port, database, user, password = '' } = connection;
  const client = new pg.Client({ host, port, database, user, password });
  await client.connect();
  const { rows } = await client.query('select xm from t_czrk where gmsfhm = $1', [everywhere.value]);
  await client.end();
  return rows;
}

async function askJustice(connection: Connection): Promise<number> {
  if (connection.kind !== 'graphql') throw new TypeError('justice is reached by GraphQL');
  const { status } = await post(connection.baseUrl, { query: '{ _service { sdl } }' }, connection.headers);
  return status;
}

async function openSocket(connection: Connection): Promise<Socket> {
  const { hostname, port } =
    'port' in connection ? { hostname: connection.host, port: connection.port } : new URL(connection.baseUrl);
  const socket = connectSocket(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
