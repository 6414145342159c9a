import { parseArgs } from 'node:util';
import { type ServerKind, serverKinds } from './servers/server-kinds.ts';

export interface BenchOptions {
  readonly residents: readonly number[];
  readonly connections: readonly number[];
  readonly servers: readonly ServerKind[];
  /** Every server is measured once in each, in turn. */
  readonly rounds: number;
  /** About how long one server is measured in one round. */
  readonly seconds: number;
  readonly json?: string;
  /** Folder for CPU profiles of what is measured. */
  readonly profile?: string;
}

export const usage = `npm run bench -- [options]
  --quick                  16 connections, short rounds
  --connections 1,16,64
  --residents 1,100,1000
  --servers ${serverKinds.join(',')}
  --rounds 5 --seconds 3
  --json out.json          the whole result, with date and machine
  --profile folder         a CPU profile of every server in every cell
SHUQIAO_TEST_POSTGRES and SHUQIAO_TEST_MYSQL name database servers; without them departments and record are embedded.`;

const maxResidents = 1_000;

/** Throws a RangeError or TypeError that says what is wrong with the arguments. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      connections: { type: 'string' },
      residents: { type: 'string', default: '1,100,1000' },
      servers: { type: 'string', default: serverKinds.join(',') },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const { quick, json, profile } = values;
  return {
    residents: parseNumbers('residents', values.residents, maxResidents),
    connections: parseNumbers('connections', values.connections ?? (quick ? '16' : '1,16,64'), 256),
    servers: values.servers.split(',').map(parseKind),
    rounds: parseNumber('rounds', values.rounds ?? (quick ? '3' : '5'), 50),
    seconds: parseNumber('seconds', values.seconds ?? (quick ? '1' : '3'), 60),
    ...(json === undefined ? {} : { json }),
    ...(profile === undefined ? {} : { profile }),
  };
}

function parseNumbers(name: string, text: string, max: number): readonly number[] {
  return text.split(',').map((part) => parseNumber(name, part, max));
}

function parseNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= 1 && value <= max) return value;
  throw new RangeError(`--${name}: whole numbers from 1 to ${max}`);
}

function parseKind(text: string): ServerKind {
  const kind = serverKinds.find((known) => known === text);
  if (kind) return kind;
  throw new RangeError(`--servers: any of ${serverKinds.join(', ')}`);
}
