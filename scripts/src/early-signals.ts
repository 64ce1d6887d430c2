import { constants } from 'node:os';

/**
 * Until somebody else listens for them, SIGTERM and SIGINT end this process: as process 1 of a container it would not
 * even notice them while it starts. Exit code 128 and the signal's number, as a shell has it.
 */
export function endOnEarlySignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const end = (): void => {
      if (process.listenerCount(signal) === 1) {
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on(signal, end);
  }
}
