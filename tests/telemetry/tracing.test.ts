import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { expect, it } from 'vitest';
import { createTracing } from '../../src/telemetry/tracing.ts';

const endpoint = 'http://127.0.0.1:9/v1/traces';
const ending = {
  status: 503,
  kind: 'refusal',
  operation: undefined,
  errors: new Map([['AUDIT_UNAVAILABLE', 1]]),
  effects: new Map(),
} as const;

function traceOne(ratio: number) {
  const exporter = new InMemorySpanExporter();
  const tracing = createTracing({
    ...{ endpoint, ratio, replica: 'a' },
    processor: new SimpleSpanProcessor(exporter),
  });
  const trace = tracing.begin();
  const endFetch = trace.chapter('fetch');
  trace.read({ source: 's', entity: 'E', role: 'gate', columns: 1, keys: 5 })('SOURCE_FAULT');
  endFetch();
  trace.end(ending);
  return exporter.getFinishedSpans();
}

it('makes one trace of a request: itself, its chapters and its reads, with counts and names alone', () => {
  const spans = traceOne(1);
  expect(spans.map(({ name }) => name)).toEqual(['read s', 'fetch', 'request']);
  const [read, , request] = spans;
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  expect(read?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(read?.attributes).toEqual({
    'shuqiao.source': 's',
    'shuqiao.entity': 'E',
    'shuqiao.role': 'gate',
    'shuqiao.columns': 1,
    'shuqiao.keys': 5,
    'shuqiao.outcome': 'SOURCE_FAULT',
  });
  expect(request?.attributes).toEqual({
    'http.response.status_code': 503,
    'shuqiao.kind': 'refusal',
    'shuqiao.errors': ['AUDIT_UNAVAILABLE'],
  });
});

it('traces no request where the operator wants none of them', () => {
  expect(traceOne(0)).toEqual([]);
});
