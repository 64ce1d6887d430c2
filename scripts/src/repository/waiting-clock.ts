import { type Clock, systemClock } from '@tensorfleet/core';

/** A clock whose timers keep the process alive: for a command that does nothing but wait. */
export const waitingClock: Clock = {
  now: () => systemClock.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
