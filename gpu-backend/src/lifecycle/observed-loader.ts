import type { Clock } from '@tensorfleet/core';
import type { Loader } from './servable.ts';

/** One attempt to load; an aborted one is none. */
export interface LoadAttempt {
  readonly isLoaded: boolean;
  readonly durationMs: number;
}

/** The same loader, whose attempts are told of when they have ended. */
export function observedLoader<T>(
  loader: Loader<T>,
  clock: Pick<Clock, 'now'>,
  onAttempt: (attempt: LoadAttempt) => void,
): Loader<T> {
  return {
    ...loader,
    async load(signal) {
      const startedAt = clock.now();
      const tell = (isLoaded: boolean): void => onAttempt({ isLoaded, durationMs: clock.now() - startedAt });
      try {
        const servable = await loader.load(signal);
        tell(true);
        return servable;
      } catch (reason) {
        if (!signal.aborted) {
          tell(false);
        }
        throw reason;
      }
    },
  };
}
