import type { Clock } from '@tensorfleet/core';

/** A run that keeps failing is repeated at up to this multiple of the interval. */
const MAX_BACKOFF = 8;

export interface RepeaterOptions {
  readonly clock: Clock;
  /** From the end of a run to the beginning of the next. */
  readonly intervalMs: number;
  /** After this many runs no timer is armed any more, and only `runNow` runs. */
  readonly maxRuns: number;
  /** Resolves with whether it went well; never rejects. */
  readonly run: () => Promise<boolean>;
}

/**
 * Repeats something. Invariants: runs never overlap; at most one timer is armed, and only between runs;
 * after `close` nothing begins.
 */
export class Repeater {
  readonly #options: RepeaterOptions;
  #timer: Disposable | undefined;
  /** The run that began last; resolved when it is over. */
  #running: Promise<void> = Promise.resolve();
  /** The run that will begin when `#running` is over. */
  #queued: Promise<void> | undefined;
  #runsLeft: number;
  #failures = 0;
  #started = false;
  #closed = false;

  constructor(options: RepeaterOptions) {
    this.#options = options;
    this.#runsLeft = options.maxRuns;
  }

  /** Runs at once and then after every interval. Idempotent. */
  start(): void {
    if (!this.#started) {
      this.#started = true;
      void this.runNow();
    }
  }

  /** Resolves after a run that began after this call; calls that wait for the same run share it. */
  runNow(): Promise<void> {
    this.#queued ??= this.#running.then(() => {
      this.#queued = undefined;
      this.#running = this.#run();
      return this.#running;
    });
    return this.#queued;
  }

  /** No more runs; resolves when the running one is over. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#disarm();
    await (this.#queued ?? this.#running);
  }

  async #run(): Promise<void> {
    if (this.#closed) {
      return;
    }
    this.#disarm();
    this.#runsLeft -= 1;
    this.#failures = (await this.#options.run()) ? 0 : this.#failures + 1;
    if (this.#started && !this.#closed && this.#runsLeft > 0) {
      const backoff = Math.min(2 ** this.#failures, MAX_BACKOFF);
      this.#timer = this.#options.clock.schedule(this.#options.intervalMs * backoff, () => void this.runNow());
    }
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
