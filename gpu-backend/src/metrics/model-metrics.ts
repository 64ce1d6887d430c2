import type { MetricRegistry } from './metric-registry.ts';

interface LabelReading {
  readonly model: string;
  readonly label: string;
  readonly version: string;
}

/** How it stands with the models, looked up when the page is made. */
export interface ModelReadings {
  readonly queueDepths: () => Iterable<{ readonly model: string; readonly version: string; readonly queued: number }>;
  readonly versionStates: () => Iterable<{ readonly model: string; readonly version: string; readonly state: string }>;
  /** What part of a label's requests a version gets. */
  readonly labelShares: () => Iterable<LabelReading & { readonly share: number }>;
  /** The versions of labels that wait for them. */
  readonly pendingLabels: () => Iterable<LabelReading>;
  /** Every model that is configured, and the highest version of it that answers, if one does. */
  readonly models: () => Iterable<{ readonly model: string; readonly latest: number | undefined }>;
}

/** Models and versions as they are now. */
export function modelMetrics(registry: MetricRegistry, readings: ModelReadings): void {
  const { queueDepths, versionStates, models } = readings;
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
  labelMetrics(registry, readings);
}

function labelMetrics(registry: MetricRegistry, { labelShares, pendingLabels }: ModelReadings): void {
  const names = ['model', 'label', 'version'];
  registry.reading(
    'tensorfleet_label_share',
    'Part of the requests with a version label that a version gets, 0 to 1, by the label in force',
    names,
    () => Array.from(labelShares(), ({ share, ...labels }) => [labels, share]),
  );
  registry.reading(
    'tensorfleet_label_pending',
    'One for each version that a label of the repository is to stand for, while the label waits for its versions',
    names,
    () => Array.from(pendingLabels(), (labels) => [{ ...labels }, 1]),
  );
}
