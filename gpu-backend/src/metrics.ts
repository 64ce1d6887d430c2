import { CODE_NAMES, Code } from '@tensorfleet/core';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestFacts } from './server/request-observer.ts';

/** One finished batch. */
export interface BatchFacts {
  readonly model: string;
  readonly rows: number;
  readonly tasks: number;
  readonly waitMs: number;
  readonly durationMs: number;
}

/** One finished gRPC call of any method, also one that no use case saw. */
export interface CallFacts {
  /** Undefined when the server has no such method. */
  readonly path: string | undefined;
  readonly code: Code;
}

export interface MetricsOptions {
  /** Read at scrape time. */
  readonly queuedTasks: () => ReadonlyMap<string, number>;
  readonly modelStates: () => readonly { readonly model: string; readonly version: string; readonly state: string }[];
}

/** What the server counts; the two request metrics carry TensorFlow Serving's names. */
export interface Metrics {
  requestDone(facts: RequestFacts): void;
  callDone(facts: CallFacts): void;
  batchDone(facts: BatchFacts): void;
  workerLost(model: string): void;
  /** The page for Prometheus, and its content type. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** TensorFlow Serving's latency buckets: 10 x 1.8^i microseconds, 33 of them. */
const LATENCY_BUCKETS_MICROS = Array.from({ length: 33 }, (_, index) => 10 * 1.8 ** index);
const BATCH_SIZE_BUCKETS = Array.from({ length: 14 }, (_, index) => 2 ** index);

export function createMetrics(options: MetricsOptions): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string, labelNames: string[]): Counter =>
    new Counter({ name, help, labelNames, registers });
  const histogram = (name: string, help: string, labelNames: string[], buckets: number[]): Histogram =>
    new Histogram({ name, help, labelNames, buckets, registers });

  const requests = counter(':tensorflow:serving:request_count', 'Requests by model and status', [
    'model_name',
    'status',
  ]);
  const latency = histogram(
    ':tensorflow:serving:request_latency',
    'Microseconds per successful request',
    ['model_name', 'API', 'entrypoint'],
    LATENCY_BUCKETS_MICROS,
  );
  const rows = histogram('tensorfleet_batch_rows', 'Rows per executed batch', ['model_name'], BATCH_SIZE_BUCKETS);
  const tasks = histogram('tensorfleet_batch_tasks', 'Requests per executed batch', ['model_name'], BATCH_SIZE_BUCKETS);
  const wait = histogram(
    'tensorfleet_batch_wait_microseconds',
    'Microseconds that the first request of a batch waited',
    ['model_name'],
    LATENCY_BUCKETS_MICROS,
  );
  const run = histogram(
    'tensorfleet_batch_run_microseconds',
    'Microseconds per executed batch',
    ['model_name'],
    LATENCY_BUCKETS_MICROS,
  );
  const calls = counter('tensorfleet_grpc_calls_total', 'gRPC calls by method and status', ['method', 'status']);
  const lost = counter('tensorfleet_workers_lost_total', 'Worker threads that crashed or hung', ['model_name']);
  addGauges(options, registers);

  return {
    requestDone({ model, api, entrypoint, code, durationMs }) {
      requests.inc({ model_name: model, status: CODE_NAMES[code] });
      if (code === Code.Ok) {
        latency.observe({ model_name: model, API: api, entrypoint }, durationMs * 1000);
      }
    },
    callDone: ({ path, code }) => calls.inc({ method: path ?? '', status: CODE_NAMES[code] }),
    batchDone({ model, ...batch }) {
      rows.observe({ model_name: model }, batch.rows);
      tasks.observe({ model_name: model }, batch.tasks);
      wait.observe({ model_name: model }, batch.waitMs * 1000);
      run.observe({ model_name: model }, batch.durationMs * 1000);
    },
    workerLost: (model) => lost.inc({ model_name: model }),
    async page() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function addGauges(options: MetricsOptions, registers: Registry[]): void {
  new Gauge({
    name: 'tensorfleet_queued_requests',
    help: 'Requests that wait for a batch slot',
    labelNames: ['model_name'],
    registers,
    collect() {
      this.reset();
      for (const [model, queued] of options.queuedTasks()) {
        this.set({ model_name: model }, queued);
      }
    },
  });
  new Gauge({
    name: 'tensorfleet_model_version_state',
    help: 'One for the state that a version is in',
    labelNames: ['model_name', 'version', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { model, version, state } of options.modelStates()) {
        this.set({ model_name: model, version, state }, 1);
      }
    },
  });
}
