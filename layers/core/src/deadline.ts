import type { Clock } from './clock.ts';

/** A point on a Clock, in its milliseconds; Infinity when the caller set none. */
export type Deadline = number;

export const NO_DEADLINE: Deadline = Number.POSITIVE_INFINITY;

export function deadlineAfter(clock: Clock, timeoutMs: number): Deadline {
  return clock.now() + timeoutMs;
}

/** Milliseconds left; zero or negative when the deadline has passed. */
export function remainingMs(clock: Clock, deadline: Deadline): number {
  return deadline - clock.now();
}
