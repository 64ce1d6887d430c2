import { CODE_NAMES, Code } from '@tensorfleet/core';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestObserver } from './server/request-observer.ts';

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
export interface Metrics extends RequestObserver {
  callDone(facts: CallFacts): void;
  batchDone(facts: BatchFacts): void;
  workerLost(model: string): void;
  /** The page for Prometheus, and its content type. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** TensorFlow Serving's latency buckets: 10 x 1.8^i microseconds, 33 of them. */
const LATENCY_BUCKETS_MICROS = Array.from({ length: 33 }, (_, index) => 10 * 1.8 ** index);
const BATCH_SIZE_BUCKETS = Array.from({ length: 14 }, (_, index) => 2 ** index);

/** Makes metrics of one registry. */
interface MetricFactory {
  counter(name: string, help: string, labelNames: string[]): Counter;
  gauge(name: string, help: string, labelNames: string[]): Gauge;
  histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram;
}

function createFactory(registry: Registry): MetricFactory {
  const registers = [registry];
  return {
    counter: (name, help, labelNames) => new Counter({ name, help, labelNames, registers }),
    gauge: (name, help, labelNames) => new Gauge({ name, help, labelNames, registers }),
    histogram: (name, help, labelNames, buckets) => new Histogram({ name, help, labelNames, buckets, registers }),
  };
}

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const factory = createFactory(registry);
  const calls = factory.counter('tensorfleet_grpc_calls_total', 'gRPC calls by method and status', [
    'method',
    'status',
  ]);
  const lost = factory.counter('tensorfleet_workers_lost_total', 'Worker threads that crashed or hung', ['model_name']);
  addGauges(options, [registry]);
  return {
    ...requestMetrics(factory),
    ...batchMetrics(factory),
    callDone: ({ path, code }) => calls.inc({ method: path ?? '', status: CODE_NAMES[code] }),
    workerLost: (model) => lost.inc({ model_name: model }),
    async page() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function requestMetrics(factory: MetricFactory): RequestObserver {
  const requests = factory.counter(':tensorflow:serving:request_count', 'Requests by model and status', [
    'model_name',
    'status',
  ]);
  const latency = factory.histogram(
    ':tensorflow:serving:request_latency',
    'Microseconds per successful request',
    ['model_name', 'API', 'entrypoint'],
    LATENCY_BUCKETS_MICROS,
  );
  const inFlight = factory.gauge('tensorfleet_requests_in_flight', 'Requests that began and are not answered', [
    'model_name',
  ]);
  return {
    requestStarted: ({ name }) => inFlight.inc({ model_name: name }),
    requestDone({ model, api, entrypoint, code, durationMs }) {
      if (model !== '') {
        inFlight.dec({ model_name: model });
      }
      requests.inc({ model_name: model, status: CODE_NAMES[code] });
      if (code === Code.Ok) {
        latency.observe({ model_name: model, API: api, entrypoint }, durationMs * 1000);
      }
    },
  };
}

function batchMetrics(factory: MetricFactory): Pick<Metrics, 'batchDone'> {
  const labels = ['model_name'];
  const rows = factory.histogram('tensorfleet_batch_rows', 'Rows per executed batch', labels, BATCH_SIZE_BUCKETS);
  const tasks = factory.histogram('tensorfleet_batch_tasks', 'Requests per executed batch', labels, BATCH_SIZE_BUCKETS);
  const wait = factory.histogram(
    'tensorfleet_batch_wait_microseconds',
    'Microseconds that the first request of a batch waited',
    labels,
    LATENCY_BUCKETS_MICROS,
  );
  const run = factory.histogram(
    'tensorfleet_batch_run_microseconds',
    'Microseconds per executed batch',
    labels,
    LATENCY_BUCKETS_MICROS,
  );
  return {
    batchDone({ model, ...batch }) {
      rows.observe({ model_name: model }, batch.rows);
      tasks.observe({ model_name: model }, batch.tasks);
      wait.observe({ model_name: model }, batch.waitMs * 1000);
      run.observe({ model_name: model }, batch.durationMs * 1000);
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
