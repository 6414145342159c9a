import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../src/connectors/connector.ts';
import { HubError } from '../src/errors.ts';
import { createSecret } from './departments/credentials.ts';
import { type ReadyMessage, secretVariable } from './departments/run-department.ts';

/** Credential names of the contract files → module that is run. */
const modules = {
  'police-population': 'police.ts',
  'civil-affairs-registry': 'civil-affairs.ts',
  'social-security-insurance': 'social-security.ts',
  'justice-cases': 'justice.ts',
} as const;

export type DepartmentSource = keyof typeof modules;

export interface DepartmentProcesses {
  /** What the hub stores as credentials, by their names. Stays valid over `restart`. */
  readonly connections: Readonly<Record<DepartmentSource, Connection>>;
  /** Process ids of those that run. */
  pids(): Readonly<Partial<Record<DepartmentSource, number>>>;
  /** Ends one department at once, as a failure would. Resolves when it is gone. */
  kill(name: DepartmentSource): Promise<void>;
  /** Ends one department if it runs, and starts it again with the same port and credentials. */
  restart(name: DepartmentSource): Promise<void>;
  /** Ends all. Resolves when they are gone; idempotent. */
  stop(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly connection: Connection;
}

const projectFolder = fileURLToPath(new URL('..', import.meta.url));
/** A loaded machine needs several times as long as an idle one. */
const startTimeoutMs = 60_000;
/** Then it is killed. */
const stopTimeoutMs = 5_000;

/**
 * Starts the four demo departments as processes of their own. Rejects with HubError if one does not start, and then leaves
 * none behind. They end with this process, however it ends. `onLost` hears of one that ends by itself or by somebody else's hand.
 */
export async function startDepartmentProcesses(
  options: { readonly residents?: number; readonly onLost?: (name: DepartmentSource) => void } = {},
): Promise<DepartmentProcesses> {
  // The keys of a literal object are its DepartmentSource names; Object.keys only promises strings.
  const names = Object.keys(modules) as DepartmentSource[];
  const secrets = new Map(names.map((name) => [name, createSecret()]));
  const running = new Map<DepartmentSource, Running>();
  const start = async (name: DepartmentSource, port: number) => {
    const one = await startProcess(name, { ...options, port, secret: secrets.get(name) ?? '' });
    running.set(name, one);
    one.child.once('exit', () => {
      // Whoever ends it on purpose takes it out first.
      if (running.get(name) === one) options.onLost?.(name);
    });
  };
  const stop = async (name: DepartmentSource, signal: NodeJS.Signals) => {
    const one = running.get(name);
    running.delete(name);
    if (one) await endProcess(one.child, signal);
  };
  const stopAll = () => Promise.all(names.map((name) => stop(name, 'SIGTERM')));
  const started = await Promise.allSettled(names.map((name) => start(name, 0)));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await stopAll();
    throw failed.reason;
  }
  const connections = connectionsOf(running);
  return {
    connections,
    pids: () =>
      Object.fromEntries([...running].flatMap(([name, { child }]) => (child.pid ? [[name, child.pid]] : []))),
    kill: (name) => stop(name, 'SIGKILL'),
    restart: async (name) => {
      await stop(name, 'SIGTERM');
      await start(name, portOf(connections[name]));
    },
    stop: async () => {
      await stopAll();
    },
  };
}

function connectionsOf(
  running: ReadonlyMap<DepartmentSource, Running>,
): Readonly<Record<DepartmentSource, Connection>> {
  const entries = [...running].map(([name, { connection }]) => [name, connection] as const);
  // Every department has started, so every name has its entry.
  return Object.fromEntries(entries) as Record<DepartmentSource, Connection>;
}

function portOf(connection: Connection): number {
  return 'port' in connection ? connection.port : Number(new URL(connection.baseUrl).port);
}

async function startProcess(
  name: DepartmentSource,
  options: { readonly residents?: number; readonly port: number; readonly secret: string },
): Promise<Running> {
  const script = fileURLToPath(new URL(`./departments/${modules[name]}`, import.meta.url));
  const flags = ['--port', String(options.port)];
  if (options.residents !== undefined) flags.push('--residents', String(options.residents));
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...flags], {
    cwd: projectFolder,
    env: { ...environment(), [secretVariable]: options.secret },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const connection = await readyConnection(name, child);
  // From here on it does not keep this process alive.
  child.unref();
  child.channel?.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
  return { child, connection };
}

/** What a process needs to run, and nothing of what this one knows: departments are strangers. */
function environment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Waits for the ready message; a process that ends, fails or takes too long is ended and reported. */
async function readyConnection(name: DepartmentSource, child: ChildProcess): Promise<Connection> {
  const said: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
  const ready = new Promise<Connection>((resolve, reject) => {
    child.once('message', (message) => {
      // The only message of the only program that is run here.
      resolve((message as ReadyMessage).connection);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => reject(new TypeError(`it ended with ${signal ?? code}`)));
  });
  try {
    return await ready;
  } catch (cause) {
    const words = Buffer.concat(said).toString('utf8').trim().slice(0, 2_000);
    const reason = words || (cause instanceof Error ? cause.message : '');
    throw new HubError('SOURCE_UNAVAILABLE', {
      hint: `The demo department ${name} did not start: ${reason}`,
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.ref();
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await gone;
  clearTimeout(timer);
}
