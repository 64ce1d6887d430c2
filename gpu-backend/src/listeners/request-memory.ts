import { unavailable } from '@tensorfleet/core';

/** What one request holds; disposing it gives everything back. */
export interface MemoryShare extends Disposable {
  /** Adds `bytes`, which are or will be held until the request is done. Throws UNAVAILABLE when they are too many. */
  take(bytes: number): void;
  /** Gives back some of what was taken. */
  give(bytes: number): void;
}

/**
 * Bounds what all requests together hold: bodies as they arrive, unzipped and decoded. A message of a few bytes may
 * unzip to the limit of one message, and a tensor of one value may claim any shape, so a bound per message is none
 * for the process.
 * Invariant: `heldBytes` is the sum of the open shares, and at most `maxBytes`.
 */
export class RequestMemory {
  readonly #maxBytes: number;
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A share of nothing, for a new request. */
  open(): MemoryShare {
    let held = 0;
    return {
      take: (bytes) => {
        if (this.#heldBytes + bytes > this.#maxBytes) {
          throw unavailable(
            `the request needs ${bytes} bytes; all requests hold ${this.#heldBytes}, the limit is ${this.#maxBytes}`,
          );
        }
        held += bytes;
        this.#heldBytes += bytes;
      },
      give: (bytes) => {
        held -= bytes;
        this.#heldBytes -= bytes;
      },
      [Symbol.dispose]: () => {
        this.#heldBytes -= held;
        held = 0;
      },
    };
  }
}
