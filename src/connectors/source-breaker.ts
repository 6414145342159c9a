import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import type { ConnectorObserver, SourceSettings } from './connector.ts';
import { SourceFailure } from './source-failure.ts';

export interface BreakerTuning {
  /** Failures in a row after which the source is left alone. */
  readonly breakerFailures: number;
  /** How long, before one call tries again. */
  readonly breakerPauseMs: number;
}

export interface BreakerOptions {
  readonly settings: Pick<SourceSettings, 'name'>;
  readonly observer: ConnectorObserver;
  readonly tuning: BreakerTuning;
}

/** Leaves a source alone that did not answer several times in a row, and lets one call try it after a while. */
export function createSourceBreaker({ settings, observer, tuning }: BreakerOptions): CircuitBreakerPolicy {
  const breaker: CircuitBreakerPolicy = circuitBreaker(
    handleWhen((error) => error instanceof SourceFailure && saysDown(error, breaker.state)),
    { halfOpenAfter: tuning.breakerPauseMs, breaker: new ConsecutiveBreaker(tuning.breakerFailures) },
  );
  breaker.onStateChange((state) => {
    if (state === CircuitState.Open)
      observer.warn(settings.name, 'source does not answer and is left alone for a while');
    if (state === CircuitState.Closed) observer.warn(settings.name, 'source answers again');
  });
  return breaker;
}

/** A test of the source that was given up has not shown that it answers. */
function saysDown({ kind }: SourceFailure, state: CircuitState): boolean {
  return kind === 'down' || (kind === 'ours' && state === CircuitState.HalfOpen);
}

/** A call that was not made says nothing of the source. */
export function rethrowBroken(error: unknown): never {
  throw isBrokenCircuitError(error)
    ? new SourceFailure('ours', 'source is left alone after failures')
    : error;
}
