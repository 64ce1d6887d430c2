import type { Clock } from '@tensorfleet/core';
import type { Load, LoadReport } from './load-report.ts';

export interface CloudWatchOptions {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Milliseconds between two lines. */
  readonly periodMs: number;
  /** Values of the two dimensions; ASCII, 1 to 255 characters. */
  readonly service: string;
  readonly stage: string;
  readonly report: LoadReport;
  /** Takes one line with its end. */
  readonly write: (line: string) => void;
}

interface EmbeddedMetric {
  readonly unit: 'Milliseconds' | 'Count' | 'None';
  readonly of: (load: Load) => number;
  /** Kept by the second, so that alarms may look every 10 s; the others are kept by the minute. */
  readonly isFine?: boolean;
}

const NAMESPACE = 'tensorfleet';

const METRICS: Readonly<Record<string, EmbeddedMetric>> = {
  QueueTime: { unit: 'Milliseconds', of: ({ queueTimeMs }) => queueTimeMs, isFine: true },
  QueueDepth: { unit: 'Count', of: ({ queueDepth }) => queueDepth },
  Requests: { unit: 'Count', of: ({ requests }) => requests },
  RefusedRequests: { unit: 'Count', of: ({ refusedRequests }) => refusedRequests },
  InFlight: { unit: 'Count', of: ({ inFlight }) => inFlight },
  BusyRatio: { unit: 'None', of: ({ busyRatio }) => busyRatio },
  ModelsReady: { unit: 'Count', of: ({ modelsReady }) => modelsReady },
};

const DIRECTIVE = {
  Namespace: NAMESPACE,
  Dimensions: [['Service', 'Stage']],
  Metrics: Object.entries(METRICS).map(([Name, { unit: Unit, isFine = false }]) => ({
    Name,
    Unit,
    ...(isFine && { StorageResolution: 1 }),
  })),
};

/**
 * Writes one line per period in CloudWatch's embedded metric format, idle or not, until it is disposed of; then one more
 * for what has not been told yet. One timer, armed from the first line's wait on.
 */
export function emitCloudWatchMetrics(options: CloudWatchOptions): Disposable {
  const { clock, wallClock, periodMs, service, stage, report, write } = options;
  let timer: Disposable | undefined;
  const emit = (): void => {
    const load = report.take();
    const values = Object.entries(METRICS).map(([name, { of }]) => [name, rounded(of(load))] as const);
    const line = {
      _aws: { Timestamp: Math.floor(wallClock()), CloudWatchMetrics: [DIRECTIVE] },
      Service: service,
      Stage: stage,
      ...Object.fromEntries(values),
    };
    write(`${JSON.stringify(line)}\n`);
  };
  const arm = (): void => {
    timer = clock.schedule(periodMs, () => {
      arm();
      emit();
    });
  };
  arm();
  return {
    [Symbol.dispose]() {
      if (timer !== undefined) {
        timer[Symbol.dispose]();
        timer = undefined;
        emit();
      }
    },
  };
}

/** Short, and never 0 for what is not: a task that ran one batch of 0.1 ms in 10 s was busy, and is not to be stopped. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
