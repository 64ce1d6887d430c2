import type { Clock } from '@tensorfleet/core';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A Clock that stands still until `advance`; timers run in order of their time, then of their scheduling. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, run: () => void): Disposable {
    const timer = { at: this.#now + Math.max(delayMs, 0), run };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** Timers that are armed now. */
  get armed(): number {
    return this.#timers.size;
  }

  /** When the next timer becomes due; Infinity when none is armed. */
  get nextDueAt(): number {
    return this.#nextDue(Number.POSITIVE_INFINITY)?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Moves time forward and runs what becomes due on the way, at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#timers.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #nextDue(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) {
        first = timer;
      }
    }
    return first;
  }
}
