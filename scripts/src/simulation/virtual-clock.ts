import type { Clock } from '@tensorfleet/core';

interface Timer {
  readonly at: number;
  /** Those of one time run in the order in which they were scheduled. */
  readonly order: number;
  /** Undefined once cancelled. */
  run: (() => void) | undefined;
}

/** A promise's reactions have promises of their own: a batch's end starts the next batch within this many. */
const REACTIONS = 12;

/** A clock that jumps from timer to timer; its timers are a heap, since there are thousands of them. */
export class VirtualClock implements Clock {
  readonly #heap: Timer[] = [];
  #now = 0;
  #scheduled = 0;

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, run: () => void): Disposable {
    const timer: Timer = { at: this.#now + Math.max(delayMs, 0), order: this.#scheduled++, run };
    this.#push(timer);
    return {
      [Symbol.dispose]() {
        timer.run = undefined;
      },
    };
  }

  /** Runs everything that is due until `until`, each with its consequences before what comes next. */
  async run(until: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      if (next.run !== undefined) {
        this.#now = next.at;
        next.run();
        for (let reaction = 0; reaction < REACTIONS; reaction++) {
          await Promise.resolve();
        }
      }
    }
    this.#now = Math.max(this.#now, until);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, timer)) {
        break;
      }
      heap[place] = parent;
      place = above;
    }
    heap[place] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) {
      return;
    }
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) {
        break;
      }
      const [child, at] = b === undefined || isBefore(a, b) ? [a, left] : [b, left + 1];
      if (isBefore(last, child)) {
        break;
      }
      heap[place] = child;
      place = at;
    }
    heap[place] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
