import { Code } from '@tensorfleet/core';
import { remembered, type VersionTopic } from './version-observer.ts';

const LABELS = ['model', 'version'] as const;
const MICROS_PER_MILLI = 1000;

const FAILURE_REASONS = ['REJECTED', 'CANCELED', 'BACKEND', 'OTHER'] as const;

/** Triton's own metrics over the requests of every API, for what reads them: autoscalers, perf_analyzer. */
export const tritonMetrics: VersionTopic = (registry) => {
  const counter = (name: string, help: string) => registry.counter(name, help, LABELS);
  const success = counter('nv_inference_request_success', 'Requests that succeeded');
  const failure = registry.counter('nv_inference_request_failure', 'Requests that failed', [...LABELS, 'reason']);
  const rows = counter('nv_inference_count', 'Rows of the requests that succeeded');
  const batches = counter('nv_inference_exec_count', 'Batches that ran');
  const total = counter('nv_inference_request_duration_us', 'Microseconds of the requests that succeeded, added up');
  const queue = counter('nv_inference_queue_duration_us', 'Microseconds that these waited for their batches');
  const compute = counter('nv_inference_compute_infer_duration_us', 'Microseconds that the batches of these ran');
  return (labels) => {
    const series = {
      success: success.series(labels),
      rows: rows.series(labels),
      batches: batches.series(labels),
      total: total.series(labels),
      queue: queue.series(labels),
      compute: compute.series(labels),
    };
    const failed = remembered((reason: string) => failure.series({ ...labels, reason }));
    FAILURE_REASONS.map(failed);
    return {
      requestDone(facts) {
        if (facts.code !== Code.Ok) {
          failed(failureReason(facts.code)).add();
          return;
        }
        series.success.add();
        series.rows.add(facts.rows);
        series.total.add(facts.durationMs * MICROS_PER_MILLI);
        series.queue.add(facts.queueMs * MICROS_PER_MILLI);
        series.compute.add(facts.runMs * MICROS_PER_MILLI);
      },
      batchDone: () => series.batches.add(),
    };
  };
};

function failureReason(code: Code): (typeof FAILURE_REASONS)[number] {
  switch (code) {
    case Code.Unavailable:
    case Code.ResourceExhausted:
    case Code.DeadlineExceeded:
      return 'REJECTED';
    case Code.Cancelled:
      return 'CANCELED';
    case Code.Internal:
    case Code.Unknown:
    case Code.DataLoss:
      return 'BACKEND';
    default:
      return 'OTHER';
  }
}
