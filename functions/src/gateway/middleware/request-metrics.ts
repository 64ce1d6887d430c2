import { type Clock, isNoBackend, StatusError } from '@tensorfleet/core';
import type { MiddlewareHandler } from 'hono';
import type { EmitMetrics, Metric } from '../../telemetry/embedded-metrics.ts';
import { bindingsOf, type GatewayEnv } from '../gateway-env.ts';

export interface RequestMetricsOptions {
  readonly emit: EmitMetrics;
  readonly clock: Clock;
}

/** Measures every request once, when its answer is known. Counts are 0 or 1, so that their averages are rates. */
export function requestMetrics({ emit, clock }: RequestMetricsOptions): MiddlewareHandler<GatewayEnv> {
  return async function requestMetrics(c, next) {
    const startedAt = clock.now();
    await next();
    const { status } = c.res;
    const error = c.error === undefined ? undefined : StatusError.from(c.error);
    const metrics: readonly Metric[] = [
      { name: 'RequestCount', unit: 'Count', value: 1 },
      { name: 'Latency', unit: 'Milliseconds', value: Math.round((clock.now() - startedAt) * 1000) / 1000 },
      count('ClientErrors', status >= 400 && status < 500),
      count('ServerErrors', status >= 500),
      // Wakes a fleet that is at zero, soon. Health checks never count: whoever watches would keep it awake.
      { ...count('NoBackend', error !== undefined && isNoBackend(error)), isFine: true },
      count('PayloadTooLarge', status === 413),
      count('ColdStart', bindingsOf(c).invocation?.coldStart ?? false),
    ];
    emit(metrics, { requestId: c.get('requestId'), ...c.get('logFacts') });
  };
}

function count(name: string, isSo: boolean): Metric {
  return { name, unit: 'Count', value: isSo ? 1 : 0 };
}
