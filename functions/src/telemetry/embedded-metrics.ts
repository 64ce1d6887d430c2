/** Units of CloudWatch that are used here. */
export type MetricUnit = 'Count' | 'Milliseconds';

export interface Metric {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly value: number;
  /** Kept by the second, so that alarms may look every 10 s; others are kept by the minute. */
  readonly isFine?: boolean;
}

export interface EmbeddedMetricsOptions {
  readonly namespace: string;
  /** Every one is a dimension of every metric, and each combination of values a metric that is paid for. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Takes one line with its end. */
  readonly write?: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Takes what was measured at one time, and facts that are kept beside it; they must not have the metrics' names. */
export type EmitMetrics = (metrics: readonly Metric[], facts?: object) => void;

/**
 * Writes metrics as lines in CloudWatch's embedded metric format, one per call: CloudWatch Logs reads them out of a
 * function's standard output.
 */
export function createEmbeddedMetrics(options: EmbeddedMetricsOptions): EmitMetrics {
  const { namespace, dimensions, now = Date.now } = options;
  const { write = (line: string) => void process.stdout.write(line) } = options;
  return function emit(metrics, facts = {}) {
    const directive = {
      Namespace: namespace,
      Dimensions: [Object.keys(dimensions)],
      Metrics: metrics.map(({ name, unit, isFine = false }) => ({
        Name: name,
        Unit: unit,
        ...(isFine && { StorageResolution: 1 }),
      })),
    };
    const values = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    const line = {
      ...facts,
      _aws: { Timestamp: Math.floor(now()), CloudWatchMetrics: [directive] },
      ...dimensions,
      ...values,
    };
    write(`${JSON.stringify(line)}\n`);
  };
}
