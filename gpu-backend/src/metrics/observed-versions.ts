import type { Version } from '@tensorfleet/core';
import type { ServableId } from '../lifecycle/servable.ts';
import { batchMetrics } from './batch-metrics.ts';
import { byteMetrics } from './call-metrics.ts';
import { loadMetrics, warmupMetrics } from './load-metrics.ts';
import type { MetricRegistry } from './metric-registry.ts';
import { requestMetrics } from './request-metrics.ts';
import { rolloutMetrics } from './rollout-metrics.ts';
import { exampleMetrics, tensorflowServingMetrics } from './tensorflow-serving-metrics.ts';
import { tritonMetrics } from './triton-metrics.ts';
import { together, type VersionLabels, type VersionObserver } from './version-observer.ts';

type Open = (labels: VersionLabels) => Partial<VersionObserver>;

/**
 * An observer for every version, from the first thing that happens to it until it is forgotten; one without a model
 * is for all that is about none. The only place that drops series, so that no observer writes to one that is gone.
 */
export class ObservedVersions {
  readonly #registry: MetricRegistry;
  readonly #models = new Map<string, Map<Version | undefined, VersionObserver>>();
  /** The topics that have something to say of requests without a model. */
  readonly #ofStrangers: readonly Open[];
  readonly #ofVersions: readonly Open[];

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
    this.#ofStrangers = [requestMetrics, byteMetrics, tensorflowServingMetrics].map((topic) => topic(registry));
    this.#ofVersions = [batchMetrics, loadMetrics, warmupMetrics, rolloutMetrics, exampleMetrics, tritonMetrics].map(
      (topic) => topic(registry),
    );
  }

  of(model: string, version: Version | undefined): VersionObserver {
    let versions = this.#models.get(model);
    if (versions === undefined) {
      versions = new Map();
      this.#models.set(model, versions);
    }
    let observer = versions.get(version);
    if (observer === undefined) {
      const topics = model === '' ? this.#ofStrangers : [...this.#ofStrangers, ...this.#ofVersions];
      observer = together(topics.map((open) => open({ model, version: String(version ?? '') })));
      versions.set(version, observer);
    }
    return observer;
  }

  /** Its series leave the page, with its last version those of the model too. */
  forget({ name, version }: ServableId): void {
    const versions = this.#models.get(name);
    versions?.get(version)?.close();
    versions?.delete(version);
    this.#registry.forget({ model: name, version: String(version) });
    if (versions?.size === 0) {
      this.#models.delete(name);
      this.#registry.forget({ model: name });
      this.#registry.forget({ model_name: name });
    }
  }
}
