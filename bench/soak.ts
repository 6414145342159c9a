import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startChild } from './child.ts';
import { describeMachine } from './report.ts';
import type { MemoryInUse, Usage } from './servers/run-server.ts';
import { runSoakLoad, type SoakLoad } from './soak-load.ts';
import { growthPerHour, head, rowOf, type Stretch, summarise } from './soak-report.ts';
import { createBenchDatabase } from './sources/databases.ts';
import type { Sources } from './sources/source-addresses.ts';
import { type Stage, setStage } from './stage.ts';

const people = 4_000;

const usage = `npm run soak -- [options]
  --minutes 10             of steady load
  --connections 16
  --overload 60            seconds of load beyond what the hub takes, afterwards; 0: none
  --json out.json`;

interface SoakOptions {
  readonly minutes: number;
  readonly connections: number;
  readonly overloadSeconds: number;
  readonly json?: string;
}

/** `npm run soak`: hours in minutes. Is memory flat, and what does the hub do with more load than it can take? */
async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  const { SHUQIAO_TEST_POSTGRES: postgres, SHUQIAO_TEST_MYSQL: mysql } = process.env;
  const engines = { ...(postgres ? { postgres } : {}), ...(mysql ? { mysql } : {}) };
  const departments = startChild('sources/run-sources.ts');
  const stage = await setStage(engines);
  const database = postgres ? await createBenchDatabase(postgres) : undefined;
  const hub = startChild('servers/run-server.ts', ['--max-semi-space-size=64', '--expose-gc']);
  try {
    const { direct } = (await departments.ask({ start: { people, engines } })) as Pick<Sources, 'direct'>;
    const server = {
      sources: direct,
      contractsDir: stage.contractsDir,
      dataDir: stage.dataDir,
      keepsLimits: true,
      ...(database ? { databaseUrl: database.url } : {}),
    };
    const { url } = (await hub.ask({ start: { kind: 'hub', options: server } })) as { readonly url: string };
    const measure = async () => ({
      usage: (await hub.ask({ usage: true })) as Usage,
      memory: (await hub.ask({ memory: true })) as MemoryInUse,
    });
    await hand(await soak({ url, stage, measure }, options), options);
  } finally {
    await hub.end();
    await departments.end();
    await database?.drop();
    await stage.remove();
  }
}

interface Soaked {
  readonly url: string;
  readonly stage: Stage;
  readonly measure: () => Promise<{ readonly usage: Usage; readonly memory: MemoryInUse }>;
}

async function soak(soaked: Soaked, options: SoakOptions): Promise<readonly Stretch[]> {
  const steady = { connections: options.connections, sizes: [1, 10, 100], isMixed: true, forMs: 60_000 };
  const stretches: Stretch[] = [await stretch(soaked, 'warm-up', { ...steady, forMs: 20_000 })];
  for (let minute = 1; minute <= options.minutes; minute++) {
    stretches.push(await stretch(soaked, `minute ${minute}`, steady));
  }
  if (options.overloadSeconds === 0) return stretches;
  const overload = {
    connections: 600,
    sizes: [1_000],
    isMixed: false,
    forMs: options.overloadSeconds * 1_000,
  };
  stretches.push(await stretch(soaked, 'overload', overload));
  stretches.push(await stretch(soaked, 'afterwards', { ...steady, forMs: 20_000 }));
  return stretches;
}

async function stretch(
  { url, stage, measure }: Soaked,
  name: string,
  load: Pick<SoakLoad, 'connections' | 'sizes' | 'isMixed' | 'forMs'>,
): Promise<Stretch> {
  const start = performance.now();
  const count = await runSoakLoad({ ...load, url, people, token: await stage.issueToken() });
  const seconds = (performance.now() - start) / 1_000;
  const done = summarise(name, seconds, count, await measure());
  console.error(rowOf(done).join(' | '));
  return done;
}

async function hand(stretches: readonly Stretch[], { json }: SoakOptions): Promise<void> {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const minutes = stretches.filter(({ name }) => name.startsWith('minute'));
  const growth = growthPerHour(minutes.map(({ memory }) => memory.heapBytes));
  const unsaid = stretches.reduce((sum, one) => sum + one.refusalsWithoutRetryAfter, 0);
  console.log(
    [line(head), line(head.map(() => '---')), ...stretches.map((one) => line(rowOf(one)))].join('\n'),
  );
  console.log(
    `\nHeap in use after collection: ${growth.toFixed(1)} MB an hour. Refusals without Retry-After: ${unsaid}.`,
  );
  if (json === undefined) return;
  const report = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    growthMbPerHour: growth,
    stretches,
  };
  await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
}

function parseOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      connections: { type: 'string', default: '16' },
      overload: { type: 'string', default: '60' },
      json: { type: 'string' },
    },
  });
  const { json } = values;
  return {
    minutes: parseNumber('minutes', values.minutes, 600),
    connections: parseNumber('connections', values.connections, 256),
    overloadSeconds: parseNumber('overload', values.overload, 600),
    ...(json === undefined ? {} : { json }),
  };
}

function parseNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d{1,4}$/.test(text) && value <= max) return value;
  throw new RangeError(`--${name}: a whole number up to ${max}`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof RangeError ? `${error.message}\n\n${usage}` : error);
  process.exit(1);
});
