/** Time and timers, so that tests can own both. */
export interface Clock {
  /** Milliseconds, monotonic, from an arbitrary start. */
  now(): number;
  /** Calls `run` once after `delayMs`; disposing before that cancels it. Never keeps the process alive. */
  schedule(delayMs: number, run: () => void): Disposable;
}

/** setTimeout's largest delay; longer waits are cut to it. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
