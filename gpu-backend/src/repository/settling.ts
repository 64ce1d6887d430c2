import type { Clock } from '@tensorfleet/core';

export interface SettlingOptions {
  /** How far apart two looks must be; milliseconds. */
  readonly settleMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** Tells when files that no manifest lists have stopped changing: two looks, far enough apart, have seen the same. */
export class Settling {
  readonly #options: SettlingOptions;
  #seen = '';
  /** When that was seen first. */
  #seenAt = 0;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** What the last look saw; empty before the first. */
  get seen(): string {
    return this.#seen;
  }

  /** Whether what a look sees now, in any words of its own but none, has been so for long enough. */
  look(seen: string): boolean {
    const { clock, settleMs } = this.#options;
    const now = clock.now();
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#seenAt = now;
      return false;
    }
    return now - this.#seenAt >= settleMs;
  }

  /** The next look is the first. */
  forget(): void {
    this.#seen = '';
  }
}
