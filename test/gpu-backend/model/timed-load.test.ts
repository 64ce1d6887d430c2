import { describe, expect, it } from 'vitest';
import type { Session } from '../../../gpu-backend/src/engine/engine.ts';
import { INLINE_MAX_LOAD_MS } from '../../../gpu-backend/src/model/placement.ts';
import { MAX_REPEATED_LOAD_MS, timedLoad } from '../../../gpu-backend/src/model/timed-load.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/** Loads that take these milliseconds, one after the other. */
function loads(...durationsMs: readonly number[]) {
  const clock = new FakeClock();
  const open = new Set<Session>();
  let mostOpen = 0;
  let count = 0;
  const load = async (): Promise<Session> => {
    clock.advance(durationsMs[count++] ?? 0);
    const session: Session = {
      signatures: new Map(),
      run: async () => new Map(),
      [Symbol.asyncDispose]: async () => void open.delete(session),
    };
    open.add(session);
    mostOpen = Math.max(mostOpen, open.size);
    return session;
  };
  return { clock, load, open, mostOpen: () => mostOpen, count: () => count };
}

describe('timedLoad', () => {
  it.each([
    { name: 'a short load', durationsMs: [INLINE_MAX_LOAD_MS], expected: INLINE_MAX_LOAD_MS, count: 1 },
    { name: 'a load that seems too long', durationsMs: [INLINE_MAX_LOAD_MS + 1, 3], expected: 3, count: 2 },
    { name: 'a load that is too long', durationsMs: [80, 70], expected: 70, count: 2 },
    { name: 'the longest that is repeated', durationsMs: [MAX_REPEATED_LOAD_MS, 3], expected: 3, count: 2 },
    { name: 'a long load', durationsMs: [MAX_REPEATED_LOAD_MS + 1], expected: MAX_REPEATED_LOAD_MS + 1, count: 1 },
  ])('tells how long the next load takes: $name', async ({ durationsMs, expected, count }) => {
    const made = loads(...durationsMs);
    const { loadMs } = await timedLoad(made.load, made.clock);
    expect({ loadMs, count: made.count() }).toEqual({ loadMs: expected, count });
  });

  it('answers the one session that is open, and never holds two', async () => {
    const made = loads(60, 3);
    const { session } = await timedLoad(made.load, made.clock);
    expect([...made.open]).toEqual([session]);
    expect(made.mostOpen()).toBe(1);
  });
});
