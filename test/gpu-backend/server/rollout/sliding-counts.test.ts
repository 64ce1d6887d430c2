import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingCounts } from '../../../../gpu-backend/src/server/rollout/sliding-counts.ts';

const WINDOW_MS = 3_000;
const PART_MS = WINDOW_MS / 30;

describe('SlidingCounts', () => {
  it('counts each column by itself, in any amounts', () => {
    const counts = new SlidingCounts(3, WINDOW_MS);
    counts.add(0, 50);
    counts.add(2, 60, 0.25);
    counts.add(2, 70, 0.5);
    expect([...counts.totals(80)]).toEqual([1, 0, 0.75]);
  });

  it('lets go of what has left the window, however long nothing was counted', () => {
    const counts = new SlidingCounts(1, WINDOW_MS);
    counts.add(0, 0);
    counts.add(0, PART_MS);
    expect([...counts.totals(WINDOW_MS - 1)]).toEqual([2]);
    expect([...counts.totals(WINDOW_MS)]).toEqual([1]);
    expect([...counts.totals(WINDOW_MS + PART_MS)]).toEqual([0]);
    counts.add(0, 10 * WINDOW_MS);
    expect([...counts.totals(10 * WINDOW_MS)]).toEqual([1]);
    expect([...counts.totals(100 * WINDOW_MS)]).toEqual([0]);
  });

  it('has what is younger than 29 of its 30 parts and nothing that is older than it, whatever the times', () => {
    const steps = fc.array(fc.record({ pauseMs: fc.integer({ min: 0, max: 2 * WINDOW_MS }), counts: fc.boolean() }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), steps, (start, parts) => {
        const counts = new SlidingCounts(2, WINDOW_MS);
        const times: number[] = [];
        let now = start;
        for (const { pauseMs, counts: isCounted } of parts) {
          now += pauseMs;
          if (isCounted) {
            counts.add(1, now);
            times.push(now);
          }
          const [none, total] = counts.totals(now);
          expect(none).toBe(0);
          expect(total).toBeGreaterThanOrEqual(times.filter((at) => at > now - WINDOW_MS + PART_MS).length);
          expect(total).toBeLessThanOrEqual(times.filter((at) => at > now - WINDOW_MS).length);
        }
      }),
    );
  });
});
