import { resourceExhausted, type StatusError } from '@tensorfleet/core';
import { formatServableId, type ResourceEstimate, type ServableId } from './servable.ts';

/** Memory set aside for one servable until it is disposed; disposing twice is harmless. */
export interface Reservation extends Disposable {
  /** Gives back what is above `estimate`; never takes more. */
  shrinkTo(estimate: ResourceEstimate): void;
}

export type ReserveResult =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  /** Does not fit now; ask again when something was released. */
  | { readonly kind: 'later' }
  | { readonly kind: 'never'; readonly error: StatusError };

/**
 * Adds up what loaded and loading servables are estimated to need.
 * Reservations never exceed the limit together.
 */
export class ResourceTracker {
  readonly #limitBytes: number;
  #usedBytes = 0;

  /** @param limitBytes of all reservations together; Infinity for none */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Sets `estimate` aside if it fits. If not, waiting helps only when `mayBeFreed`, that is when other loads or
   * unloads are under way, and when the estimate alone is within the limit; else the error is RESOURCE_EXHAUSTED.
   */
  reserve(id: ServableId, { memoryBytes }: ResourceEstimate, mayBeFreed: boolean): ReserveResult {
    const freeBytes = this.#limitBytes - this.#usedBytes;
    if (memoryBytes <= freeBytes) {
      return { kind: 'reserved', reservation: this.#open(memoryBytes) };
    }
    if (mayBeFreed && memoryBytes <= this.#limitBytes) {
      return { kind: 'later' };
    }
    const error = resourceExhausted(
      `Insufficient resources to load servable ${formatServableId(id)}: ` +
        `it needs ${memoryBytes} bytes, ${freeBytes} of the limit of ${this.#limitBytes} bytes are free`,
      { model: id.name, version: String(id.version) },
    );
    return { kind: 'never', error };
  }

  #open(memoryBytes: number): Reservation {
    let heldBytes = memoryBytes;
    this.#usedBytes += heldBytes;
    const shrink = (bytes: number): void => {
      const kept = Math.min(heldBytes, bytes);
      this.#usedBytes -= heldBytes - kept;
      heldBytes = kept;
    };
    return { shrinkTo: (estimate) => shrink(estimate.memoryBytes), [Symbol.dispose]: () => shrink(0) };
  }
}
