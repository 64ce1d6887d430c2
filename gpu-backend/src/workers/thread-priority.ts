import { setPriority } from 'node:os';

/**
 * How far threads stand behind the one that takes and refuses requests, where they share a core: those that compute
 * requests, so that it gets what it needs, and those for which no request waits, with about a tenth of a busy core.
 */
const NICENESS = { inference: 5, preparation: 10 } as const;

/** For the calling thread, and those that it starts. Linux alone has priorities of threads; elsewhere nothing happens. */
export function lowerThreadPriority(work: keyof typeof NICENESS): void {
  if (process.platform === 'linux') {
    setPriority(0, NICENESS[work]); // 0 is the calling thread
  }
}
