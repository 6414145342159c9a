import { writeFile } from 'node:fs/promises';
import { type Child, startChild } from './child.ts';
import { type Measurement, measureCell, startMeasured, warmServers } from './measure.ts';
import { type BenchOptions, parseOptions, usage } from './options.ts';
import { describeMachine, printReport, type Report } from './report.ts';
import { serverTitles } from './servers/server-kinds.ts';
import { createBenchDatabase } from './sources/databases.ts';
import type { Engines, SourceAddresses, SourceReads, Sources } from './sources/source-addresses.ts';
import { type Stage, setStage } from './stage.ts';
import { type Reads, verifyAnswers } from './verify.ts';

/** People at the departments: enough that requests for 1,000 are not all for the same. */
const people = 4_000;

/** `npm run bench`: the same departments, the same answer, four servers side by side on this machine. */
async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  const engines = readEngines(process.env);
  const departments = startChild('sources/run-sources.ts');
  const stage = await setStage(engines);
  const database = engines.postgres ? await createBenchDatabase(engines.postgres) : undefined;
  try {
    // What a child of this module answers.
    const sources = (await departments.ask({ start: { people, engines } })) as Pick<
      Sources,
      'direct' | 'counted' | 'kinds'
    >;
    const bench: Bench = { options, departments, stage, ...(database ? { databaseUrl: database.url } : {}) };
    const reads = await verify(bench, sources.counted);
    const measurements = await measure(bench, sources.direct);
    await hand(
      {
        date: new Date().toISOString(),
        machine: describeMachine(),
        sources: sources.kinds,
        record: database ? 'PostgreSQL' : 'PGlite, embedded',
        rounds: options.rounds,
        seconds: options.seconds,
        reads,
        measurements,
      },
      options,
    );
  } finally {
    await departments.end();
    await database?.drop();
    await stage.remove();
  }
}

interface Bench {
  readonly options: BenchOptions;
  readonly departments: Child;
  readonly stage: Stage;
  readonly databaseUrl?: string;
}

function readEngines(environment: NodeJS.ProcessEnv): Engines {
  const { SHUQIAO_TEST_POSTGRES: postgres, SHUQIAO_TEST_MYSQL: mysql } = environment;
  return { ...(postgres ? { postgres } : {}), ...(mysql ? { mysql } : {}) };
}

async function verify(bench: Bench, addresses: SourceAddresses): Promise<readonly Reads[]> {
  const servers = await startAll(bench, addresses);
  try {
    const load = { people, residents: bench.options.residents, token: await bench.stage.issueToken() };
    return await verifyAnswers(
      servers,
      load,
      async () => (await bench.departments.ask({ take: true })) as SourceReads,
    );
  } finally {
    await Promise.all(servers.map((server) => server.end()));
  }
}

async function measure(bench: Bench, addresses: SourceAddresses): Promise<readonly Measurement[]> {
  const { options, stage } = bench;
  const servers = await startAll(bench, addresses);
  const measurements: Measurement[] = [];
  try {
    await warmServers(servers, { connections: 16, people, token: await stage.issueToken() });
    for (const residents of options.residents) {
      for (const connections of options.connections) {
        const cell = { residents, connections, people, token: await stage.issueToken() };
        const measured = await measureCell(servers, cell, options);
        for (const one of measured) console.error(progressOf(one));
        measurements.push(...measured);
      }
    }
    return measurements;
  } finally {
    await Promise.all(servers.map((server) => server.end()));
  }
}

function progressOf({
  kind,
  residents,
  connections,
  requestsPerSecond,
  cpuMsPerRequest,
}: Measurement): string {
  const numbers = `${requestsPerSecond.toFixed(1)} requests/s, ${cpuMsPerRequest.toFixed(2)} ms CPU`;
  return `${residents} residents, ${connections} connections, ${serverTitles[kind]}: ${numbers}`;
}

async function startAll({ options, stage, databaseUrl }: Bench, sources: SourceAddresses) {
  const { contractsDir, dataDir } = stage;
  const serverOptions = { sources, contractsDir, dataDir, ...(databaseUrl ? { databaseUrl } : {}) };
  const servers = [];
  for (const kind of options.servers) servers.push(await startMeasured(kind, serverOptions));
  return servers;
}

async function hand(report: Report, { json }: BenchOptions): Promise<void> {
  console.log(printReport(report));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof RangeError ? `${error.message}\n\n${usage}` : error);
  process.exit(1);
});
