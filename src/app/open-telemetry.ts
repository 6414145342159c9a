import type { AuditLog } from '../audit/log.ts';
import type { Config } from '../config.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { openMetricsServer } from '../telemetry/metrics-server.ts';
import { joinTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { createTracing } from '../telemetry/tracing.ts';
import type { Closers } from './closers.ts';

/** Metrics and traces, as far as the operator wants them. Nothing is measured that nobody hears of. */
export async function openTelemetry(
  config: Config,
  log: AuditLog,
  requestsInFlight: () => number,
  closers: Closers,
): Promise<Telemetry> {
  const parts: Telemetry[] = [];
  if (config.metrics) {
    const metrics = createMetrics({
      queuedRecords: () => log.state().queued,
      turnedAway: () => log.state().turnedAway,
      failuresInARow: () => log.state().failuresInARow,
      requestsInFlight,
    });
    const server = await openMetricsServer(metrics, config.metrics);
    closers.add(() => server.close());
    parts.push(metrics);
  }
  if (config.tracing) {
    const tracing = createTracing({ ...config.tracing, replica: config.replica });
    closers.add(() => tracing.close());
    parts.push(tracing);
  }
  return joinTelemetry(parts);
}
