import { FakeClock } from './fake-clock.ts';

/** What is scheduled for less than this does not wait for `advance`; milliseconds. */
const HASTE_MS = 10_000;

/**
 * A FakeClock for parts that wait between their tries at something real: a short wait is over at the next turn of the
 * event loop, and the clock shows then that it has passed. Longer ones are deadlines, and stand still.
 */
export class HastyClock extends FakeClock {
  override schedule(delayMs: number, run: () => void): Disposable {
    if (delayMs >= HASTE_MS) {
      return super.schedule(delayMs, run);
    }
    const timer = setImmediate(() => {
      this.advance(delayMs);
      run();
    });
    return { [Symbol.dispose]: () => clearImmediate(timer) };
  }
}
