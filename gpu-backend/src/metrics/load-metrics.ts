import { LOAD_SECONDS, TFS_LATENCY_MICROS } from './buckets.ts';
import { remembered, type VersionTopic } from './version-observer.ts';

const MICROS_PER_MILLI = 1000;

/** Attempts to load versions, under our names and those of TensorFlow, which knows directories only. */
export const loadMetrics: VersionTopic = (registry) => {
  const loads = registry.counter(
    'tensorfleet_model_loads_total',
    'Attempts to load a version, by outcome: ok or error',
    ['model', 'version', 'outcome'],
  );
  const duration = registry.histogram(
    'tensorfleet_model_load_duration_seconds',
    'Time of each successful load of a version, warm-up included',
    ['model'],
    LOAD_SECONDS,
  );
  const prefix = ':tensorflow:cc:saved_model:';
  const attempts = registry.counter(`${prefix}load_attempt_count`, 'Attempts to load a directory', [
    'model_path',
    'status',
  ]);
  const latency = registry.counter(`${prefix}load_latency`, 'Microseconds of loading a directory, added up', [
    'model_path',
  ]);
  return (labels) => {
    const counted = remembered((outcome: string) => loads.series({ ...labels, outcome }));
    counted('ok');
    counted('error');
    const directories = new Set<string>();
    return {
      loadDone({ directory, isLoaded, durationMs }) {
        counted(isLoaded ? 'ok' : 'error').add();
        if (isLoaded) {
          duration.series({ model: labels.model }).observe(durationMs / 1000);
        }
        directories.add(directory);
        attempts.series({ model_path: directory, status: isLoaded ? 'success' : 'fail' }).add();
        latency.series({ model_path: directory }).add(durationMs * MICROS_PER_MILLI);
      },
      close() {
        for (const directory of directories) {
          registry.forget({ model_path: directory });
        }
      },
    };
  };
};

/** Warm-ups that succeeded, under our names and those of TensorFlow Serving. */
export const warmupMetrics: VersionTopic = (registry) => {
  const duration = registry.histogram(
    'tensorfleet_model_warmup_duration_seconds',
    'Time of the warm-up of each version',
    ['model'],
    LOAD_SECONDS,
  );
  const labels = ['model_path', 'status'] as const;
  const prefix = ':tensorflow:serving:model_warmup_';
  const latency = registry.histogram(`${prefix}latency`, 'Microseconds of each warm-up', labels, TFS_LATENCY_MICROS);
  const records = registry.counter(`${prefix}records_read`, 'Warm-up requests that were run', labels);
  return ({ model }) => {
    const directories = new Set<string>();
    return {
      warmupDone({ directory, records: run, durationMs }) {
        directories.add(directory);
        duration.series({ model }).observe(durationMs / 1000);
        latency.series({ model_path: directory, status: 'success' }).observe(durationMs * MICROS_PER_MILLI);
        records.series({ model_path: directory, status: 'success' }).add(run);
      },
      close() {
        for (const directory of directories) {
          registry.forget({ model_path: directory });
        }
      },
    };
  };
};
