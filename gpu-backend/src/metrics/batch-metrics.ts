import { BATCH_ROWS, DURATION_SECONDS } from './buckets.ts';
import type { VersionTopic } from './version-observer.ts';

const LABELS = ['model', 'version'] as const;

/** What is run: sizes, padding and times of batches, and the workers that did not survive them. */
export const batchMetrics: VersionTopic = (registry) => {
  const rows = registry.histogram(
    'tensorfleet_batch_rows',
    'Rows per executed batch, padding not counted',
    LABELS,
    BATCH_ROWS,
  );
  const padding = registry.counter(
    'tensorfleet_batch_padding_rows_total',
    'Rows that were added to batches up to an allowed size',
    LABELS,
  );
  const requests = registry.histogram(
    'tensorfleet_batch_requests',
    'Requests, or parts of large requests, per executed batch',
    LABELS,
    BATCH_ROWS,
  );
  const wait = registry.histogram(
    'tensorfleet_batch_wait_seconds',
    'Time from the first request of a batch to the start of the batch',
    LABELS,
    DURATION_SECONDS,
  );
  const execution = registry.histogram(
    'tensorfleet_execution_duration_seconds',
    'Time that a batch ran, putting its inputs together included',
    LABELS,
    DURATION_SECONDS,
  );
  const lost = registry.counter('tensorfleet_workers_lost_total', 'Worker threads that crashed or hung', LABELS);
  return (labels) => {
    const series = {
      rows: rows.series(labels),
      padding: padding.series(labels),
      lost: lost.series(labels),
      requests: requests.series(labels),
      wait: wait.series(labels),
      execution: execution.series(labels),
    };
    return {
      workerLost: () => series.lost.add(),
      batchDone(batch) {
        series.rows.observe(batch.rows);
        series.padding.add(batch.executedRows - batch.rows);
        series.requests.observe(batch.tasks);
        series.wait.observe(batch.waitMs / 1000);
        series.execution.observe(batch.durationMs / 1000);
      },
    };
  };
};
