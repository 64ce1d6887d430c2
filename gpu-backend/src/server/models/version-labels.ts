import type { Version } from '@tensorfleet/core';

/** Label to version, by model. */
export type LabelMap = ReadonlyMap<string, ReadonlyMap<string, Version>>;

/** The version labels in force. All change at once: a request sees those of one configuration. */
export class VersionLabels {
  #current: LabelMap = new Map();

  get current(): LabelMap {
    return this.#current;
  }

  of(model: string): ReadonlyMap<string, Version> {
    return this.#current.get(model) ?? new Map();
  }

  replace(labels: LabelMap): void {
    this.#current = labels;
  }
}
