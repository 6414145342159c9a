import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process of the bench that answers one message after the other. */
export interface Child {
  /** Rejects if the child fails at it or ends. One at a time. */
  ask(message: object): Promise<unknown>;
  /** Asks it to close, and kills it if it does not. Idempotent. */
  end(): Promise<void>;
}

const closeTimeoutMs = 15_000;

/** Starts a module of this folder; it ends with this process. `flags` are Node's own, such as `--cpu-prof`. */
export function startChild(module: string, flags: readonly string[] = []): Child {
  const script = fileURLToPath(new URL(module, import.meta.url));
  const child = spawn(process.execPath, [...flags, '--import', './scripts/typescript.mjs', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    // As servers are run: libraries leave out what helps only their developers.
    env: { ...environment(), NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    ask: (message) => ask(child, module, message),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** Nothing of the departments' addresses: what a server knows, it is told by message. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR };
}

async function ask(child: ChildProcess, module: string, message: object): Promise<unknown> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    const answered = once(child, 'message', { signal });
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new TypeError(`${module} ended`);
    });
    child.send(message);
    const [answer] = await Promise.race([answered, ended]);
    if (typeof answer === 'object' && answer !== null && 'failure' in answer) {
      throw new TypeError(`${module}: ${String(answer.failure)}`);
    }
    return answer;
  } finally {
    waiting.abort();
  }
}

/** The child's side: answers each message, and closes when the parent is gone or has asked for it. */
export function serveParent(answer: (message: never) => Promise<unknown>, close: () => Promise<void>): void {
  process.on('message', (message) => {
    answer(message as never).then(
      (result) => process.send?.(result ?? {}),
      (error: unknown) =>
        process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once('disconnect', () => {
    void close().finally(() => process.exit(0));
  });
}
