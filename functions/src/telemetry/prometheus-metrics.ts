import type { EmitMetrics } from './embedded-metrics.ts';

/** Adds up what hosts without CloudWatch measure, for a page that Prometheus reads. */
export interface PrometheusMetrics {
  readonly emit: EmitMetrics;
  /** The page, in the text format 0.0.4. */
  page(): string;
}

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const PREFIX = 'tensorfleet_gateway_';
const MILLIS_PER_SECOND = 1000;

/**
 * `RequestCount` becomes the counter `tensorfleet_gateway_request_count_total`, and `Latency` in milliseconds the summary
 * `tensorfleet_gateway_latency_seconds`. The counters in `known` are on the page from the start: a counter that appears
 * with its first event has no increase that Prometheus could see.
 */
export function createPrometheusMetrics(known: readonly string[]): PrometheusMetrics {
  const counters = new Map(known.map((name) => [`${PREFIX}${snakeCase(name)}_total`, 0]));
  const summaries = new Map<string, { sum: number; count: number }>();
  return {
    emit(metrics) {
      for (const { name, unit, value } of metrics) {
        if (unit === 'Count') {
          const counter = `${PREFIX}${snakeCase(name)}_total`;
          counters.set(counter, (counters.get(counter) ?? 0) + value);
        } else {
          const summary = `${PREFIX}${snakeCase(name)}_seconds`;
          const { sum, count } = summaries.get(summary) ?? { sum: 0, count: 0 };
          summaries.set(summary, { sum: sum + value / MILLIS_PER_SECOND, count: count + 1 });
        }
      }
    },
    page() {
      const lines = [...counters].map(([name, value]) => `# TYPE ${name} counter\n${name} ${value}\n`);
      const totals = [...summaries].map(
        ([name, { sum, count }]) => `# TYPE ${name} summary\n${name}_sum ${sum}\n${name}_count ${count}\n`,
      );
      return [...lines, ...totals].join('');
    },
  };
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, '_$&').toLowerCase();
}
