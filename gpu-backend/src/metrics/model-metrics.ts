import type { MetricRegistry } from './metric-registry.ts';

/** How it stands with the models, looked up when the page is made. */
export interface ModelReadings {
  readonly queueDepths: () => Iterable<{ readonly model: string; readonly version: string; readonly queued: number }>;
  readonly versionStates: () => Iterable<{ readonly model: string; readonly version: string; readonly state: string }>;
  /** Every model that is configured, and the highest version of it that answers, if one does. */
  readonly models: () => Iterable<{ readonly model: string; readonly latest: number | undefined }>;
}

/** Models and versions as they are now. */
export function modelMetrics(registry: MetricRegistry, { queueDepths, versionStates, models }: ModelReadings): void {
  const queued = () => Array.from(queueDepths(), ({ queued, ...labels }) => [labels, queued] as const);
  registry.reading('tensorfleet_queue_depth', 'Requests that wait for a batch to start', ['model', 'version'], queued);
  registry.reading('nv_inference_pending_request_count', "Triton's name of the same", ['model', 'version'], queued);
  registry.reading(
    'tensorfleet_model_version_state',
    'One for the state that a version is in: start, loading, available, unloading or end',
    ['model', 'version', 'state'],
    () => Array.from(versionStates(), ({ model, version, state }) => [{ model, version, state }, 1]),
  );
  registry.reading(
    'tensorfleet_model_available',
    'One when a version of the configured model answers, else zero',
    ['model'],
    () => Array.from(models(), ({ model, latest }) => [{ model }, latest === undefined ? 0 : 1]),
  );
  registry.reading('tensorfleet_model_latest_version', 'The highest version that answers', ['model'], () =>
    Array.from(models()).flatMap(({ model, latest }) => (latest === undefined ? [] : [[{ model }, latest]])),
  );
}
