import type { Clock } from '@tensorfleet/core';
import { jittered } from './outage.ts';

export interface LookPaceOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: () => number;
  /** The shortest time between two looks; milliseconds. */
  readonly intervalMs: number;
  /** The longest, while nothing changes. */
  readonly maxIntervalMs: number;
}

/** When a place that is listed is worth another look: soon after a change, ever more seldom while nothing happens. */
export class LookPace {
  readonly #options: LookPaceOptions;
  #quietLooks = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(options: LookPaceOptions) {
    this.#options = options;
  }

  get isDue(): boolean {
    return this.#options.clock.now() >= this.#nextAt;
  }

  /** The next look is due at once. */
  refresh(): void {
    this.#quietLooks = 0;
    this.#nextAt = Number.NEGATIVE_INFINITY;
  }

  /** Takes how a look went that has ended now. */
  looked(wasQuiet: boolean): void {
    const { clock, random, intervalMs, maxIntervalMs } = this.#options;
    this.#quietLooks = wasQuiet ? this.#quietLooks + 1 : 0;
    const wait = Math.min(intervalMs * 2 ** this.#quietLooks, maxIntervalMs);
    this.#nextAt = clock.now() + (this.#quietLooks === 0 ? wait : jittered(wait, random));
  }

  /** After a failed look. */
  waitFor(ms: number): void {
    this.#nextAt = this.#options.clock.now() + ms;
  }
}
