import { StatusError } from '@tensorfleet/core';
import type { LoaderHarness } from './loader-harness.ts';
import { ResourceTracker } from './resource-tracker.ts';
import type { ResourceEstimate } from './servable.ts';

/** Starts attempts to load within the limits on attempts at once and on memory. */
export class LoadGate {
  readonly #maxConcurrentLoads: number;
  readonly #resources: ResourceTracker;

  constructor(maxConcurrentLoads: number, memoryLimitBytes: number) {
    this.#maxConcurrentLoads = maxConcurrentLoads;
    this.#resources = new ResourceTracker(memoryLimitBytes);
  }

  /** The estimates of everything that is loading, loaded, or not yet unloaded. */
  get reservedBytes(): number {
    return this.#resources.usedBytes;
  }

  /**
   * Starts the candidates, first come first served, and fails those that could never start. The rest is untouched:
   * it waits until one of `all`, the managed harnesses, ends its load or unload.
   * True when any candidate changed.
   */
  startLoads<T>(candidates: readonly LoaderHarness<T>[], all: readonly LoaderHarness<T>[]): boolean {
    let freeSlots = this.#maxConcurrentLoads - all.filter((harness) => harness.isAttempting).length;
    let mayBeFreed = all.some(mayFreeMemory);
    let hasChanged = false;
    for (const harness of candidates) {
      if (freeSlots <= 0) {
        break;
      }
      hasChanged = this.#tryStart(harness, mayBeFreed) || hasChanged;
      if (harness.isAttempting) {
        freeSlots--;
        mayBeFreed = true;
      }
    }
    return hasChanged;
  }

  /** False when the harness has to wait for memory. */
  #tryStart<T>(harness: LoaderHarness<T>, mayBeFreed: boolean): boolean {
    let estimate: ResourceEstimate;
    try {
      estimate = harness.estimate();
    } catch (reason) {
      harness.failAttempt(StatusError.from(reason));
      return true;
    }
    const result = this.#resources.reserve(harness.id, estimate, mayBeFreed);
    if (result.kind === 'reserved') {
      harness.startAttempt(result.reservation);
    } else if (result.kind === 'never') {
      harness.refuse(result.error);
    }
    return result.kind !== 'later';
  }
}

/** Whether what the harness has reserved may shrink or go without another decision. */
function mayFreeMemory<T>(harness: LoaderHarness<T>): boolean {
  return harness.isAttempting || harness.state === 'quiescing' || harness.state === 'unloading';
}
