import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../scripts/src/bench/seeded-random.ts';
import { type CostCurve, type Outcome, simulate } from './simulate-overload.ts';

const RECORDED = JSON.parse(readFileSync(new URL('../../fixtures/cost-curves.json', import.meta.url), 'utf8')) as {
  readonly curves: Readonly<Record<string, CostCurve>>;
};
/** The recorded models answer within a millisecond or two; those simulated are so much larger, of the same shape. */
const LARGER = 20;
const CURVES = Object.entries(RECORDED.curves).map(([name, curve]): [string, CostCurve] => [
  name,
  curve.map(([rows, ms]) => [rows, ms * LARGER]),
]);
const DEADLINE_MS = 100;

function underLoad(curve: CostCurve, load: number): Promise<Outcome> {
  return simulate({ curve, load, requests: 3000 * load, deadlineMs: DEADLINE_MS, random: seededRandom(7) });
}

describe.each(CURVES)('BatchScheduler under load, %s', (_, curve) => {
  test('refuses next to nothing at half its capacity, and is in time', async () => {
    const { refused, wasted } = await underLoad(curve, 0.5);
    expect(refused).toBeLessThan(0.01);
    expect(wasted).toBeLessThan(0.01);
  });

  test('answers nearly all in time at its capacity', async () => {
    expect((await underLoad(curve, 1)).goodput).toBeGreaterThan(0.9);
  });

  test.each([2, 5])('keeps its goodput at %d times its capacity', async (load) => {
    const { goodput, wasted } = await underLoad(curve, load);
    expect(goodput).toBeGreaterThan(0.9);
    expect(wasted).toBeLessThan(0.05);
  });
});

test('A queue that is bounded by batches alone answers nearly all too late at twice its capacity', async () => {
  const [, curve] = CURVES[1] ?? ['', []];
  const { goodput } = await simulate({
    ...{ curve, load: 2, requests: 4000, deadlineMs: DEADLINE_MS, random: seededRandom(7), hidesDeadline: true },
    policy: { targetLatencyMs: Number.POSITIVE_INFINITY, maxEnqueuedBatches: 1_000_000 },
  });
  expect(goodput).toBeLessThan(0.1);
});

test('BatchScheduler bounds the wait by the target latency when callers name no deadline', async () => {
  const [, curve] = CURVES[1] ?? ['', []];
  const { goodput, wasted } = await simulate({
    ...{ curve, load: 2, requests: 6000, deadlineMs: DEADLINE_MS, random: seededRandom(7), hidesDeadline: true },
    policy: { targetLatencyMs: 80 },
  });
  expect(goodput).toBeGreaterThan(0.9);
  expect(wasted).toBeLessThan(0.02);
});
