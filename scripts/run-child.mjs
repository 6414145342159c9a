/**
 * Child processes of the entry scripts: none outlives the script that started it. Plain Node, nothing installed.
 */
import { spawn } from 'node:child_process';

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
const running = new Set();
let stoppedBy;

/**
 * Runs `node` with these arguments to its end. `capture: true` collects what it prints instead of showing it.
 * A signal to this process is passed on, and ends this process when the children have ended.
 */
export function runNode(args, options = {}) {
  return runChild(process.execPath, args, options);
}

/** The same for any command. Resolves with the exit code, the output (if captured) and the time it took. */
export async function runChild(command, args, { cwd, capture = false, shell = false } = {}) {
  passSignalsOn();
  const startedAt = Date.now();
  const stdio = capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
  const child = spawn(command, args, { cwd, stdio, shell });
  running.add(child);
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => output.push(part));
  const code = await ended(child);
  running.delete(child);
  if (stoppedBy) exitWhenIdle();
  return { code, output: Buffer.concat(output).toString(), seconds: (Date.now() - startedAt) / 1000 };
}

/** Exit code of a child as a shell would report it; 127 if it could not be started. */
export function ended(child) {
  return new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', (code, signal) => resolve(code ?? 128 + (signals[signal] ?? 9)));
  });
}

function passSignalsOn() {
  for (const signal of Object.keys(signals)) {
    if (process.listeners(signal).includes(stop)) continue;
    process.on(signal, stop);
  }
}

/** From here on the caller answers the signals itself. */
export function leaveSignals() {
  for (const signal of Object.keys(signals)) process.off(signal, stop);
}

function stop(signal) {
  stoppedBy = stoppedBy || signal;
  for (const child of running) child.kill(signal);
  exitWhenIdle();
}

function exitWhenIdle() {
  if (running.size === 0) process.exit(128 + signals[stoppedBy]);
}
