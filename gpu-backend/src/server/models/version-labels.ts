import type { Version } from '@tensorfleet/core';
import { type LabelTarget, STABLE, versionsOf } from '@tensorfleet/repository';

/** Label to version, by model: as a configuration has it. */
export type LabelMap = ReadonlyMap<string, ReadonlyMap<string, Version>>;

/** What the labels of one model stand for. */
export type LabelTargets = ReadonlyMap<string, LabelTarget>;

interface ModelLabels {
  readonly targets: LabelTargets;
  readonly usual: LabelTarget | undefined;
}

const NONE: LabelTargets = new Map();

/**
 * The version labels in force: those of a configuration, and those of the repository where the configuration has none
 * of the same name. Those of a configuration change all at once, and so do those of a model in the repository.
 */
export class VersionLabels {
  #configured: LabelMap = new Map();
  readonly #published = new Map<string, LabelTargets>();
  /** Both, by model. */
  readonly #inForce = new Map<string, ModelLabels>();

  /** Those of the configuration. */
  get configured(): LabelMap {
    return this.#configured;
  }

  /** The models that have labels. */
  models(): readonly string[] {
    return [...this.#inForce.keys()];
  }

  of(model: string): LabelTargets {
    return this.#inForce.get(model)?.targets ?? NONE;
  }

  /** Those of the repository, whether the configuration has others of the same name or not. */
  publishedFor(model: string): LabelTargets {
    return this.#published.get(model) ?? NONE;
  }

  /**
   * Who answers requests that name neither version nor label: `stable`, where the repository has it; undefined: the
   * highest version. A configuration that has `stable` is one of TensorFlow Serving's, whose requests go to the highest.
   */
  usual(model: string): LabelTarget | undefined {
    return this.#inForce.get(model)?.usual;
  }

  /** The versions that the repository's labels in force need. */
  versionsHeldFor(model: string): readonly Version[] {
    const targets = this.#published.get(model);
    return targets === undefined ? [] : [...targets.values()].flatMap(versionsOf);
  }

  configure(labels: LabelMap): void {
    const models = new Set([...this.#configured.keys(), ...labels.keys()]);
    this.#configured = labels;
    for (const model of models) {
      this.#merge(model);
    }
  }

  publish(model: string, labels: LabelTargets): void {
    this.#published.set(model, labels);
    this.#merge(model);
  }

  #merge(model: string): void {
    const published = this.publishedFor(model);
    const targets = new Map<string, LabelTarget>([...published, ...(this.#configured.get(model) ?? [])]);
    if (published.size === 0) {
      this.#published.delete(model);
    }
    if (targets.size === 0) {
      this.#inForce.delete(model);
    } else {
      this.#inForce.set(model, { targets, usual: published.has(STABLE) ? targets.get(STABLE) : undefined });
    }
  }
}
