import { describe, expect, test } from 'vitest';
import { RestartBackoff } from '../../../gpu-backend/src/workers/restart-backoff.ts';

describe('RestartBackoff', () => {
  test('doubles the delay with each loss in a row, up to ten seconds', () => {
    const backoff = new RestartBackoff(0);
    const delays = Array.from({ length: 9 }, () => backoff.onLost(true));
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  test('begins anew after an answer, not after a worker became ready', () => {
    const backoff = new RestartBackoff(1);
    backoff.onLost(true);
    backoff.onReady();
    expect(backoff.onLost(true)).toBe(200);
    backoff.onAnswer();
    expect(backoff.onLost(true)).toBe(100);
  });

  test('is hopeless after more than maxFailedStarts failed starts in a row, and goes on', () => {
    const backoff = new RestartBackoff(2);
    const losses = [1, 2, 3].map(() => [backoff.onLost(false), backoff.isHopeless]);
    expect(losses).toEqual([
      [100, false],
      [200, false],
      [400, true],
    ]);
    backoff.onReady();
    expect(backoff.isHopeless).toBe(false);
  });

  test('counts failed starts anew after a worker became ready', () => {
    const backoff = new RestartBackoff(1);
    backoff.onLost(false);
    backoff.onReady();
    expect(backoff.onLost(false)).toBe(200);
  });

  test('keeps a finite delay after very many losses', () => {
    const backoff = new RestartBackoff(0);
    for (let loss = 0; loss < 2000; loss++) {
      backoff.onLost(true);
    }
    expect(backoff.onLost(true)).toBe(10_000);
  });
});
