import { formatBytes, formatMs } from '../terminal/format.ts';

/** What a gate measures of a version, in the order of its report. */
export const METRICS = [
  'error_rate',
  'mean_absolute_error',
  'mean_squared_error',
  'agreement',
  'failed_requests',
  'latency_p50_ms',
  'latency_p99_ms',
  'size_bytes',
  'memory_bytes',
] as const;

export type Metric = (typeof METRICS)[number];

/** By metric; what was not measured is missing. */
export type Metrics = Readonly<Partial<Record<Metric, number>>>;

interface MetricFacts {
  readonly title: string;
  readonly better: 'lower' | 'higher';
  /** The highest value there is. */
  readonly most?: number;
  readonly format: (value: number) => string;
}

/** Four digits, so that a value and the bound that it misses rarely look the same. */
const plain = (value: number): string => String(Number(value.toPrecision(4)));
const milliseconds = (value: number): string => `${value < 1 ? plain(value) : formatMs(value)} ms`;
const share = (value: number): string => `${plain(100 * value)} %`;

export const METRIC_FACTS: Readonly<Record<Metric, MetricFacts>> = {
  error_rate: { title: 'error rate', better: 'lower', most: 1, format: share },
  mean_absolute_error: { title: 'mean absolute error', better: 'lower', format: plain },
  mean_squared_error: { title: 'mean squared error', better: 'lower', format: plain },
  agreement: { title: 'agreement with the serving version', better: 'higher', most: 1, format: share },
  failed_requests: { title: 'failed requests', better: 'lower', format: String },
  latency_p50_ms: { title: 'latency p50', better: 'lower', format: milliseconds },
  latency_p99_ms: { title: 'latency p99', better: 'lower', format: milliseconds },
  size_bytes: { title: 'size of its files', better: 'lower', format: formatBytes },
  memory_bytes: { title: 'resident memory', better: 'lower', format: formatBytes },
};

/** Differ from run to run, with the machine and what else it does. */
const OF_ONE_RUN: readonly Metric[] = ['latency_p50_ms', 'latency_p99_ms', 'memory_bytes'];

/**
 * What a manifest says of a version: what any machine would measure again. So the same files with the same gate make the
 * same manifest, and an upload that was killed is recognised and goes on.
 */
export function repeatableMetrics(metrics: Metrics): Metrics {
  return Object.fromEntries(
    METRICS.filter((each) => !OF_ONE_RUN.includes(each)).flatMap((each) => {
      const value = metrics[each];
      return value === undefined ? [] : [[each, value]];
    }),
  );
}
