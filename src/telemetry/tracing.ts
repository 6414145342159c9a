import { context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { RequestEnding, RequestTrace, StartedRead, Telemetry } from './telemetry.ts';

export interface TracingOptions {
  /** OTLP over HTTP: the collector's full URL. */
  readonly endpoint: string;
  /** Share of requests that are traced, 0 to 1. */
  readonly ratio: number;
  readonly replica: string;
  /** For tests: where spans go instead. */
  readonly processor?: SpanProcessor;
}

export interface Tracing extends Telemetry {
  /** Sends what is waiting; gives up after a few seconds. */
  close(): Promise<void>;
}

/** OpenTelemetry traces: one span a request, one for each chapter, one for each read of a department. */
export function createTracing({ endpoint, ratio, replica, processor }: TracingOptions): Tracing {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shuqiao', 'service.instance.id': replica }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [
      processor ?? new BatchSpanProcessor(new OTLPTraceExporter({ url: endpoint, timeoutMillis: 5_000 })),
    ],
  });
  const tracer = provider.getTracer('shuqiao');
  return {
    begin: () => followRequest(tracer),
    close: () => provider.shutdown(),
  };
}

function followRequest(tracer: Tracer): RequestTrace {
  const root = tracer.startSpan('request', { kind: SpanKind.SERVER, root: true });
  const around = trace.setSpan(context.active(), root);
  return {
    chapter(name) {
      const span = tracer.startSpan(name, {}, around);
      return () => span.end();
    },
    read(read) {
      const options = { kind: SpanKind.CLIENT, attributes: attributesOf(read) };
      const span = tracer.startSpan(`read ${read.source}`, options, around);
      return (outcome) => endRead(span, outcome);
    },
    end: (ending) => endRequest(root, ending),
  };
}

function attributesOf({ source, entity, role, columns, keys }: StartedRead) {
  return {
    'shuqiao.source': source,
    'shuqiao.entity': entity,
    'shuqiao.role': role,
    'shuqiao.columns': columns,
    'shuqiao.keys': keys,
  };
}

function endRead(span: Span, outcome: string): void {
  span.setAttribute('shuqiao.outcome', outcome);
  if (outcome !== 'OK') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

function endRequest(span: Span, { status, kind, operation, errors }: RequestEnding): void {
  span.setAttributes({
    'http.response.status_code': status,
    'shuqiao.kind': kind,
    'shuqiao.errors': [...errors.keys()].sort(),
    ...(operation === undefined ? {} : { 'shuqiao.operation': operation }),
  });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
