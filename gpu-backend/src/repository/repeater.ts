import type { Clock } from '@tensorfleet/core';

/** A run that keeps failing is repeated at up to this multiple of the interval. */
const MAX_BACKOFF = 8;
/** The longest pause before a run that was asked for soon. */
const SOON_MS = 1_000;

/** How a run went; `soon`: well, and the next one is worth more than a wait for the interval. */
export type RunOutcome = 'ok' | 'failed' | 'soon';

export interface RepeaterOptions {
  readonly clock: Clock;
  /** From the end of a run to the beginning of the next. */
  readonly intervalMs: number;
  /** After this many runs, not counting those that want another soon, no timer is armed and only `runNow` runs. */
  readonly maxRuns: number;
  /** Never rejects. */
  readonly run: () => Promise<RunOutcome>;
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
    const { clock, run } = this.#options;
    const outcome = await run();
    this.#failures = outcome === 'failed' ? this.#failures + 1 : 0;
    this.#runsLeft -= outcome === 'soon' ? 0 : 1;
    if (this.#started && !this.#closed && (outcome === 'soon' || this.#runsLeft > 0)) {
      this.#timer = clock.schedule(this.#pauseAfter(outcome), () => void this.runNow());
    }
  }

  #pauseAfter(outcome: RunOutcome): number {
    const { intervalMs } = this.#options;
    return outcome === 'soon' ? Math.min(intervalMs, SOON_MS) : intervalMs * Math.min(2 ** this.#failures, MAX_BACKOFF);
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
