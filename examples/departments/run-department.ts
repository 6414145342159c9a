import { parseArgs } from 'node:util';
import { HubError } from '../../src/errors.ts';
import { fixedCount } from '../population/fixed-residents.ts';
import type { Department, DepartmentOptions } from './department.ts';

/** Environment variable from which a department's credentials are derived; drawn anew if absent. */
export const secretVariable = 'SHUQIAO_DEPARTMENT_SECRET';

/** What a department's process tells its parent, and prints as its only line. */
export interface ReadyMessage {
  readonly ready: true;
  readonly connection: Department['connection'];
}

/**
 * A department as a process: `--residents <n> --port <n>`. Says once, on standard output and to its parent, that it is
 * ready. Ends on SIGTERM, on SIGINT, and when its parent is gone, however that ended.
 */
export async function runDepartment(
  start: (options: DepartmentOptions) => Promise<Department>,
): Promise<void> {
  const running: { department?: Department } = {};
  const end = () => {
    const closed = running.department?.close() ?? Promise.resolve();
    closed.finally(() => process.exit(0));
  };
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, end);
  try {
    running.department = await start(parseFlags(process.argv.slice(2), process.env[secretVariable]));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(error instanceof HubError ? 2 : 1);
  }
  announce({ ready: true, connection: running.department.connection });
}

function announce(message: ReadyMessage): void {
  console.log(JSON.stringify(message));
  process.send?.(message);
}

/** Throws HubError CONFIG_INVALID that names the flag. */
export function parseFlags(args: readonly string[], secret?: string): DepartmentOptions {
  const { residents, port } = parseKnownFlags(args);
  return {
    ...(residents === undefined
      ? {}
      : { residents: wholeNumber('--residents', residents, fixedCount, 1_000_000) }),
    ...(port === undefined ? {} : { port: wholeNumber('--port', port, 0, 65_535) }),
    ...(secret ? { secret } : {}),
  };
}

function parseKnownFlags(args: readonly string[]) {
  try {
    const options = { residents: { type: 'string' }, port: { type: 'string' } } as const;
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : '';
    throw new HubError('CONFIG_INVALID', { hint: `${said} Known flags: --residents <n> --port <n>.`, cause });
  }
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new HubError('CONFIG_INVALID', { hint: `${flag} must be a whole number from ${min} to ${max}.` });
}
