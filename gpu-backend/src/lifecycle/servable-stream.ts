import type { Version } from '@tensorfleet/core';
import type { VersionSnapshot } from './aspired-version-policy.ts';
import { isOver } from './harness-state.ts';
import type { LoaderHarness } from './loader-harness.ts';
import type { Loader } from './servable.ts';

/**
 * The versions of one name: what is aspired, and what is managed to get there.
 *
 * - At most one harness per version; a version that is being torn down is aspired again only after it is gone.
 * - A harness keeps the loader it began with, also when later lists bring another one for the same version, unless it
 *   failed and that one has another revision.
 */
export class ServableStream<T> {
  readonly #createHarness: (loader: Loader<T>) => LoaderHarness<T>;
  readonly #harnesses = new Map<Version, LoaderHarness<T>>();
  #aspired: ReadonlyMap<Version, Loader<T>> = new Map();

  constructor(createHarness: (loader: Loader<T>) => LoaderHarness<T>) {
    this.#createHarness = createHarness;
  }

  get harnesses(): Iterable<LoaderHarness<T>> {
    return this.#harnesses.values();
  }

  /** Nothing is aspired and nothing is left. */
  get isEmpty(): boolean {
    return this.#harnesses.size === 0 && this.#aspired.size === 0;
  }

  get(version: Version): LoaderHarness<T> | undefined {
    return this.#harnesses.get(version);
  }

  snapshots(): readonly VersionSnapshot[] {
    return [...this.#harnesses.values()].map((harness) => harness.snapshot());
  }

  /** Replaces what is aspired; takes effect with the next `update`. */
  aspire(loaders: ReadonlyMap<Version, Loader<T>>): void {
    this.#aspired = loaders;
  }

  /** Tells every harness whether it is aspired, forgets those that are over, and manages what is aspired anew. */
  update(): void {
    for (const [version, harness] of this.#harnesses) {
      const wanted = this.#aspired.get(version);
      const isAspired = wanted !== undefined;
      const isOutdated = harness.state === 'failed' && wanted?.revision !== harness.revision;
      if (harness.aspired && (!isAspired || isOutdated)) {
        harness.unaspire();
      } else if (!harness.aspired && isAspired && harness.state === 'ready') {
        harness.reaspire();
      }
      if (!harness.aspired && isOver(harness.state)) {
        this.#harnesses.delete(version);
      }
    }
    for (const [version, loader] of this.#aspired) {
      if (!this.#harnesses.has(version)) {
        this.#harnesses.set(version, this.#createHarness(loader));
      }
    }
  }
}
