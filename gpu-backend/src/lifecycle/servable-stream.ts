import type { Version } from '@tensorfleet/core';
import type { VersionAction, VersionSnapshot } from './aspired-version-policy.ts';
import { isOver } from './harness-state.ts';
import type { LoaderHarness } from './loader-harness.ts';
import type { Loader } from './servable.ts';

/**
 * The versions of one name: what is aspired, and what is managed to get there.
 *
 * - At most one harness per version, beside superseded ones; a version that is being torn down is aspired again only
 *   after it is gone.
 * - A harness keeps the loader it began with, also when later lists bring another one for the same version, unless it
 *   failed and that one has another revision, or that one loads from another place.
 * - A ready harness whose version is wanted from another place is superseded: it serves until its successor does.
 */
export class ServableStream<T> {
  readonly #createHarness: (loader: Loader<T>) => LoaderHarness<T>;
  readonly #harnesses = new Map<Version, LoaderHarness<T>>();
  readonly #superseded = new Set<LoaderHarness<T>>();
  #aspired: ReadonlyMap<Version, Loader<T>> = new Map();

  constructor(createHarness: (loader: Loader<T>) => LoaderHarness<T>) {
    this.#createHarness = createHarness;
  }

  get harnesses(): readonly LoaderHarness<T>[] {
    return [...this.#superseded, ...this.#harnesses.values()];
  }

  /** Nothing is aspired and nothing is left. */
  get isEmpty(): boolean {
    return this.#harnesses.size === 0 && this.#superseded.size === 0 && this.#aspired.size === 0;
  }

  /** What the policy's action is about, if it still applies. */
  find({ kind, id }: VersionAction): LoaderHarness<T> | undefined {
    const [state, aspired] = kind === 'load' ? ['new', true] : ['ready', false];
    return this.harnesses.find(
      (harness) => harness.id.version === id.version && harness.state === state && harness.aspired === aspired,
    );
  }

  snapshots(): readonly VersionSnapshot[] {
    return this.harnesses.map((harness) => harness.snapshot());
  }

  /** Replaces what is aspired; takes effect with the next `update`. */
  aspire(loaders: ReadonlyMap<Version, Loader<T>>): void {
    this.#aspired = loaders;
  }

  /** Tells every harness whether it is aspired, forgets those that are over, and manages what is aspired anew. */
  update(): void {
    for (const [version, harness] of this.#harnesses) {
      this.#updateHarness(harness, this.#aspired.get(version));
      if (!harness.aspired && (harness.isSuperseded || isOver(harness.state))) {
        this.#harnesses.delete(version);
      }
    }
    for (const harness of this.#superseded) {
      if (isOver(harness.state)) {
        this.#superseded.delete(harness);
      }
    }
    for (const [version, loader] of this.#aspired) {
      if (!this.#harnesses.has(version)) {
        this.#harnesses.set(version, this.#createHarness(loader));
      }
    }
  }

  #updateHarness(harness: LoaderHarness<T>, wanted: Loader<T> | undefined): void {
    const isAspired = wanted !== undefined;
    const hasMoved = isAspired && wanted.place !== harness.place;
    const isOutdated = hasMoved || (harness.state === 'failed' && wanted?.revision !== harness.revision);
    if (hasMoved && harness.state === 'ready') {
      harness.supersede();
      this.#superseded.add(harness);
    } else if (harness.aspired && (!isAspired || isOutdated)) {
      harness.unaspire();
    } else if (!harness.aspired && isAspired && harness.state === 'ready') {
      harness.reaspire();
    }
  }
}
