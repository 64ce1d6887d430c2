import { type Clock, StatusError } from '@tensorfleet/core';

/** Resolves after `ms`; rejects with CANCELLED when `signal` comes first. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(StatusError.from(signal.reason));
      return;
    }
    const stop = (): void => {
      timer[Symbol.dispose]();
      reject(StatusError.from(signal.reason));
    };
    const timer = clock.schedule(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
