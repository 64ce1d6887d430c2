import { CODE_NAMES, Code } from '@tensorfleet/core';
import type { BatchStats } from '../batching/shared-batch-scheduler.ts';
import type { Entrypoint, RequestFacts } from '../server/request-observer.ts';
import { TFS_BATCH_ROWS, TFS_EXAMPLES, TFS_LATENCY_MICROS, TFS_QUEUING_MICROS } from './buckets.ts';
import type { MetricRegistry } from './metric-registry.ts';
import { remembered, type VersionTopic } from './version-observer.ts';

const MICROS_PER_MILLI = 1000;
/** TensorFlow Serving's name of its ordinary runtime, which dashboards select by; ours has no other. */
const RUNTIME = 'TF1';
const API_PATH = '/v1/';

/**
 * TensorFlow Serving's own metrics, with its labels and buckets, for the dashboards that exist. They know no versions.
 */
export const tensorflowServingMetrics: VersionTopic = (registry) => {
  const count = registry.counter(':tensorflow:serving:request_count', 'Requests by model and status code', [
    'model_name',
    'status',
  ]);
  const latency = registry.histogram(
    ':tensorflow:serving:request_latency',
    'Microseconds of each successful request',
    ['model_name', 'API', 'entrypoint'],
    TFS_LATENCY_MICROS,
  );
  const runtime = registry.histogram(
    ':tensorflow:serving:runtime_latency',
    'Microseconds that each successful request waited for its batch and ran',
    ['model_name', 'API', 'runtime'],
    TFS_LATENCY_MICROS,
  );
  const session = batchingSession(registry);
  return ({ model }) => {
    const counted = remembered((code: Code) => count.series({ model_name: model, status: CODE_NAMES[code] }));
    const latencyOf = remembered((api: string) =>
      remembered((entrypoint: Entrypoint) =>
        latency.series({ model_name: model, API: entrypoint === 'REST' ? api.toLowerCase() : api, entrypoint }),
      ),
    );
    const runtimeOf = remembered((api: string) => runtime.series({ model_name: model, API: api, runtime: RUNTIME }));
    return {
      requestDone(facts) {
        const { api, entrypoint, code, durationMs, queueMs, runMs } = facts;
        counted(code).add();
        session.request(facts);
        if (code === Code.Ok) {
          latencyOf(api)(entrypoint).observe(durationMs * MICROS_PER_MILLI);
          runtimeOf(api).observe((queueMs + runMs) * MICROS_PER_MILLI);
        }
      },
      /** What is no inference: TensorFlow Serving counts every request to its REST API, with an empty name for these. */
      callDone(call) {
        if (call.protocol === 'rest' && !call.trace?.api && call.target.startsWith(API_PATH)) {
          counted(call.code).add();
          if (call.code === Code.Ok) {
            latencyOf('')('REST').observe(call.durationMs * MICROS_PER_MILLI);
          }
        }
      },
      batchDone: session.batch,
    };
  };
};

/** Requests of Classify, Regress and MultiInference by their examples; TensorFlow Serving counts MultiInference only. */
export const exampleMetrics: VersionTopic = (registry) => {
  const counts = registry.histogram(
    ':tensorflow:serving:request_example_counts',
    'Examples of each request that has some',
    ['model'],
    TFS_EXAMPLES,
  );
  const total = registry.counter(':tensorflow:serving:request_example_count_total', 'Examples, added up', ['model']);
  return ({ model }) => {
    const series = { counts: counts.series({ model }), total: total.series({ model }) };
    return {
      requestDone({ examples }) {
        if (examples > 0) {
          series.counts.observe(examples);
          series.total.add(examples);
        }
      },
    };
  };
};

/** The metrics of a batching session have no model: all share one series. */
function batchingSession(registry: MetricRegistry): {
  request(facts: RequestFacts): void;
  batch(stats: BatchStats): void;
} {
  const prefix = ':tensorflow:serving:batching_session:';
  const queuing = registry
    .histogram(
      `${prefix}queuing_latency`,
      'Microseconds that each request waited for its batch',
      ['thread_pool_name'],
      TFS_QUEUING_MICROS,
    )
    .series({ thread_pool_name: '' });
  const runs = registry.counter(`${prefix}wrapped_run_count`, 'Batches that ran', []).series({});
  const input = registry.histogram(`${prefix}input_batch_size`, 'Rows of each request', [], TFS_BATCH_ROWS).series({});
  const processed = registry
    .histogram(`${prefix}processed_batch_size`, 'Rows of each batch, padding included', [], TFS_BATCH_ROWS)
    .series({});
  const padding = registry.histogram(
    `${prefix}padding_size`,
    'Rows added to each batch that was not of an allowed size, by the size that it then had',
    ['execution_batch_size'],
    TFS_BATCH_ROWS,
  );
  const paddingOf = remembered((rows: number) => padding.series({ execution_batch_size: String(rows) }));
  return {
    request({ rows, queueMs }) {
      if (rows > 0) {
        queuing.observe(queueMs * MICROS_PER_MILLI);
        input.observe(rows);
      }
    },
    batch({ rows, executedRows }) {
      runs.add();
      processed.observe(executedRows);
      if (executedRows > rows) {
        paddingOf(executedRows).observe(executedRows - rows);
      }
    },
  };
}
