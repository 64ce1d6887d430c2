import type { Clock } from '@tensorfleet/core';
import type { Session } from '../engine/engine.ts';
import { INLINE_MAX_LOAD_MS } from './placement.ts';

/**
 * The first load of a process also starts the engine itself, which takes tens of milliseconds, and on a busy machine
 * other work comes between: a load that seems too long for the main thread is timed once more, up to this length.
 */
export const MAX_REPEATED_LOAD_MS = 250;

export interface TimedLoad {
  readonly session: Session;
  /** What loading the session once more will take. */
  readonly loadMs: number;
}

/** Loads a session, twice where the first load does not tell what the next will take. Never holds two sessions. */
export async function timedLoad(load: () => Promise<Session>, clock: Pick<Clock, 'now'>): Promise<TimedLoad> {
  const first = await timeLoad(load, clock);
  if (first.loadMs <= INLINE_MAX_LOAD_MS || first.loadMs > MAX_REPEATED_LOAD_MS) {
    return first;
  }
  await first.session[Symbol.asyncDispose]();
  return timeLoad(load, clock);
}

/** Loads a session once. */
export async function timeLoad(load: () => Promise<Session>, clock: Pick<Clock, 'now'>): Promise<TimedLoad> {
  const start = clock.now();
  const session = await load();
  return { session, loadMs: clock.now() - start };
}
