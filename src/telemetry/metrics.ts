import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestEnding, RequestTrace, StartedRead, Telemetry } from './telemetry.ts';

/** What is asked at the moment of a scrape. */
export interface Gauges {
  /** Records that wait to be written. */
  readonly queuedRecords: () => number;
  readonly requestsInFlight: () => number;
  /** Failed flushes of the log since the last that succeeded. */
  readonly failuresInARow: () => number;
  /** Accesses turned away since the start because the log's queue was full. */
  readonly turnedAway: () => number;
}

export interface Metrics extends Telemetry {
  /** Prometheus text format 0.0.4. */
  scrape(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts in a registry of its own: several hubs in one process do not mix. */
export function createMetrics(gauges: Gauges): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  registerGauges(register, gauges);
  const counts = createCounts(register);
  return {
    begin: () => followRequest(counts),
    async scrape() {
      return { contentType: register.contentType, text: await register.metrics() };
    },
  };
}

type Counts = ReturnType<typeof createCounts>;

function createCounts(register: Registry) {
  const registers = [register];
  return {
    requests: new Counter({
      name: 'shuqiao_requests_total',
      help: '请求数 Requests to the GraphQL route and to services, by HTTP status',
      labelNames: ['kind', 'status'],
      registers,
    }),
    duration: new Histogram({
      name: 'shuqiao_request_duration_seconds',
      help: '请求耗时 From the headers to the recorded answer',
      labelNames: ['kind'],
      buckets: seconds,
      registers,
    }),
    chapters: new Histogram({
      name: 'shuqiao_chapter_duration_seconds',
      help: '各环节耗时 Time in each chapter of a request',
      labelNames: ['chapter'],
      buckets: seconds,
      registers,
    }),
    errors: new Counter({
      name: 'shuqiao_errors_total',
      help: '错误数 Errors in answers, by code',
      labelNames: ['code'],
      registers,
    }),
    decisions: new Counter({
      name: 'shuqiao_decisions_total',
      help: '字段决定数 Decisions on selected fields, by effect',
      labelNames: ['effect'],
      registers,
    }),
    reads: new Counter({
      name: 'shuqiao_source_reads_total',
      help: '数据源读取数 Reads of departments, by outcome',
      labelNames: ['source', 'role', 'outcome'],
      registers,
    }),
    readDuration: new Histogram({
      name: 'shuqiao_source_read_duration_seconds',
      help: '数据源读取耗时 One read of a department, queueing included',
      labelNames: ['source'],
      buckets: seconds,
      registers,
    }),
  };
}

function registerGauges(register: Registry, gauges: Gauges): void {
  const add = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [register],
      collect() {
        this.set(read());
      },
    });
  add('shuqiao_log_queued_records', '待写入的访问记录 Records that wait to be written', gauges.queuedRecords);
  add('shuqiao_log_turned_away', '因队列满拒绝的请求 Accesses refused for a full queue', gauges.turnedAway);
  add(
    'shuqiao_log_failures_in_a_row',
    '访问记录连续写入失败次数 Failed writes of the log since the last good one',
    gauges.failuresInARow,
  );
  add('shuqiao_requests_in_flight', '处理中的请求 Requests in work', gauges.requestsInFlight);
}

function followRequest(counts: Counts): RequestTrace {
  const end = counts.duration.startTimer();
  return {
    chapter: (chapter) => {
      const stop = counts.chapters.startTimer({ chapter });
      return () => void stop();
    },
    read: ({ source, role }: StartedRead) => {
      const stop = counts.readDuration.startTimer({ source });
      return (outcome) => {
        stop();
        counts.reads.inc({ source, role, outcome });
      };
    },
    end({ status, kind, errors, effects }: RequestEnding) {
      end({ kind });
      counts.requests.inc({ kind, status: String(status) });
      for (const [code, by] of errors) counts.errors.inc({ code }, by);
      for (const [effect, by] of effects) counts.decisions.inc({ effect }, by);
    },
  };
}
