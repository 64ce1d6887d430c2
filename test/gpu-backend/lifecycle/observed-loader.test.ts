import { unavailable, version } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { type LoadAttempt, observedLoader } from '../../../gpu-backend/src/lifecycle/observed-loader.ts';
import type { Loader } from '../../../gpu-backend/src/lifecycle/servable.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

describe('observedLoader', () => {
  const setUp = (load: (clock: FakeClock) => Promise<string>) => {
    const clock = new FakeClock();
    const loader: Loader<string> = {
      id: { name: 'm', version: version(1) },
      estimate: () => ({ memoryBytes: 7 }),
      load: () => load(clock),
      unload: async () => undefined,
    };
    const attempts: LoadAttempt[] = [];
    return { attempts, observed: observedLoader(loader, clock, (attempt) => attempts.push(attempt)) };
  };

  test('loads what the loader loads, and tells how long it took', async () => {
    const { observed, attempts } = setUp(async (clock) => {
      clock.advance(30);
      return 'servable';
    });
    expect(await observed.load(new AbortController().signal)).toBe('servable');
    expect(attempts).toEqual([{ isLoaded: true, durationMs: 30 }]);
    expect(observed.estimate()).toEqual({ memoryBytes: 7 });
  });

  test.each([
    { name: 'tells of a failure', signal: new AbortController().signal, told: [{ isLoaded: false, durationMs: 0 }] },
    { name: 'says nothing of an attempt that was given up', signal: AbortSignal.abort(), told: [] },
  ])('$name, and lets the error pass', async ({ signal, told }) => {
    const error = unavailable('disk');
    const { observed, attempts } = setUp(() => Promise.reject(error));
    await expect(observed.load(signal)).rejects.toBe(error);
    expect(attempts).toEqual(told);
  });
});
