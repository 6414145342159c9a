import { cpus, release, totalmem } from 'node:os';
import type { Measurement } from './measure.ts';
import { type ServerKind, serverTitles } from './servers/server-kinds.ts';
import { type SourceName, sourceNames } from './sources/source-addresses.ts';
import type { Reads } from './verify.ts';

export interface Report {
  readonly date: string;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly sources: Readonly<Record<SourceName, string>>;
  readonly record: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly reads: readonly Reads[];
  readonly measurements: readonly Measurement[];
}

export function describeMachine(): Report['machine'] {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.version,
  };
}

/** As Markdown: one table of speed, one of reads. */
export function printReport(report: Report): string {
  const { cpu, cores, memoryGb, system, node } = report.machine;
  return [
    `${report.date.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}`,
    `Departments: ${sourceNames.map((name) => `${name} ${report.sources[name]}`).join('; ')}. Record: ${report.record}.`,
    `Median of ${report.rounds} interleaved rounds of about ${report.seconds} s; CPU is that of the server's process.`,
    '',
    ...speedTable(report.measurements),
    '',
    ...readsTable(report.reads),
  ].join('\n');
}

const speedHead = [
  'residents',
  'connections',
  'server',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'CPU ms/request',
  'peak MB',
  'failed',
  'requests/s to hand-written',
  'CPU to hand-written',
  'requests/s to Mercurius',
  'CPU to Mercurius',
] as const;

function speedTable(measurements: readonly Measurement[]): string[] {
  const rows = measurements.map((one) => {
    const peer = (kind: ServerKind) =>
      measurements.find(
        (other) =>
          other.kind === kind && other.residents === one.residents && other.connections === one.connections,
      );
    return [
      String(one.residents),
      String(one.connections),
      serverTitles[one.kind],
      one.requestsPerSecond.toFixed(one.requestsPerSecond < 100 ? 1 : 0),
      one.p50Ms.toFixed(1),
      one.p99Ms.toFixed(1),
      one.cpuMsPerRequest.toFixed(2),
      one.peakRssMb.toFixed(0),
      String(one.failures),
      ...ratios(one, peer('hand-written')),
      ...ratios(one, peer('mercurius')),
    ];
  });
  return markdown(speedHead, rows);
}

/** Above 1 is better than the peer, in both. */
export function ratios(one: Measurement, peer: Measurement | undefined): [string, string] {
  if (!peer) return ['', ''];
  return [
    (one.requestsPerSecond / peer.requestsPerSecond).toFixed(2),
    (peer.cpuMsPerRequest / one.cpuMsPerRequest).toFixed(2),
  ];
}

function readsTable(reads: readonly Reads[]): string[] {
  const head = ['residents', 'server', ...sourceNames.map((name) => `reads of ${name}`)];
  const rows = reads.map((one) => [
    String(one.residents),
    serverTitles[one.kind],
    ...sourceNames.map((name) => String(one.reads[name])),
  ]);
  return markdown(head, rows);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
