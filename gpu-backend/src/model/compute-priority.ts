import { setPriority } from 'node:os';

/** Enough for the thread that takes and refuses requests to get what it needs of a core that it shares. */
const COMPUTE_NICENESS = 5;

/**
 * Lets other threads of this process go before the calling one, and before those that it starts: where they share a
 * core, requests that wait to be refused must not wait for those that are computed. Linux alone has priorities of threads.
 */
export function lowerThreadPriority(): void {
  if (process.platform === 'linux') {
    setPriority(0, COMPUTE_NICENESS); // 0 is the calling thread
  }
}
