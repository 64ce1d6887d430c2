import { LOAD_SECONDS } from './buckets.ts';
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
