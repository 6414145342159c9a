import { expect, it } from 'vitest';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { openMetricsServer } from '../../src/telemetry/metrics-server.ts';

const gauges = {
  queuedRecords: () => 3,
  requestsInFlight: () => 2,
  turnedAway: () => 0,
  failuresInARow: () => 1,
};
const ending = {
  status: 200,
  kind: 'access',
  operation: 'ab',
  errors: new Map([['FIELD_DENIED', 2]]),
  effects: new Map([['PERMIT', 4]]),
} as const;

it('counts requests, reads, decisions and errors, and asks for the rest at each scrape', async () => {
  const metrics = createMetrics(gauges);
  const trace = metrics.begin();
  trace.chapter('plan')();
  const read = { source: 'police-population', entity: 'PoliceRecord', role: 'data', columns: 2, keys: 9 };
  trace.read(read)('OK');
  trace.read(read)('SOURCE_UNAVAILABLE');
  trace.end(ending);
  const { text } = await metrics.scrape();
  for (const line of [
    'shuqiao_requests_total{kind="access",status="200"} 1',
    'shuqiao_request_duration_seconds_count{kind="access"} 1',
    'shuqiao_chapter_duration_seconds_count{chapter="plan"} 1',
    'shuqiao_source_reads_total{source="police-population",role="data",outcome="OK"} 1',
    'shuqiao_source_reads_total{source="police-population",role="data",outcome="SOURCE_UNAVAILABLE"} 1',
    'shuqiao_source_read_duration_seconds_count{source="police-population"} 2',
    'shuqiao_errors_total{code="FIELD_DENIED"} 2',
    'shuqiao_decisions_total{effect="PERMIT"} 4',
    'shuqiao_log_queued_records 3',
    'shuqiao_log_failures_in_a_row 1',
    'shuqiao_requests_in_flight 2',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

it('serves them on a listener of their own, and nothing else there', async () => {
  const server = await openMetricsServer(createMetrics(gauges), { host: '127.0.0.1', port: 0 });
  const scraped = await fetch(new URL('/metrics', server.url));
  expect(scraped.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await scraped.text()).toContain('process_resident_memory_bytes');
  expect((await fetch(new URL('/graphql', server.url), { method: 'POST' })).status).toBe(404);
  await server.close();
});
