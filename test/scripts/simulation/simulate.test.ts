import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../scripts/src/bench/seeded-random.ts';
import { createEcsRule } from '../../../scripts/src/simulation/rules/ecs-rule.ts';
import type { ScalingRule } from '../../../scripts/src/simulation/rules/scaling-rule.ts';
import type { Scenario } from '../../../scripts/src/simulation/scenarios.ts';
import type { ServiceCurve } from '../../../scripts/src/simulation/service-curve.ts';
import { simulate } from '../../../scripts/src/simulation/simulate.ts';

/** One row at a time, 200 ms each. */
const SINGLE: ServiceCurve = [[1, 200]];
const BATCHES: ServiceCurve = [
  [1, 300],
  [8, 800],
];

function fixed(tasks: number): ScalingRule {
  return { everyMs: 60_000, decide: () => tasks };
}

const ecs = () =>
  createEcsRule({
    ...{ min: 0, max: 5, wakeUp: { periodS: 10, periods: 6 } },
    tracking: [{ metric: 'BusyRatio', target: 0.7, scaleOutCooldownS: 60, scaleInCooldownS: 60 }],
  });

function steady(load: number, tasks: number, minutes = 60): Scenario {
  return { name: 'steady', minutes, tasks, rate: () => load };
}

function run(scenario: Scenario, rule: ScalingRule, options: { curve?: ServiceCurve; seed?: number } = {}) {
  const { curve = SINGLE, seed = 1 } = options;
  return simulate({ scenario, curve, rule, random: seededRandom(seed), retryAfterS: 30 });
}

describe('the simulation', () => {
  test('ends every request exactly once, whatever happens', async () => {
    const scenario = fc.record({
      load: fc.double({ min: 0, max: 4, noNaN: true }),
      tasks: fc.nat(3),
      deaths: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
      seed: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ load, tasks, deaths, seed }) => {
        const { outcomes, instanceHours, timeline } = await run({ ...steady(load, tasks, 10), deaths }, ecs(), {
          curve: BATCHES,
          seed,
        });
        const { arrived, answered, refused, failed, gaveUp, open } = outcomes;
        expect(open).toBe(0);
        expect(answered + refused + failed + gaveUp).toBe(arrived);
        expect(instanceHours).toBeGreaterThanOrEqual(0);
        expect(timeline.every(({ desired }) => desired <= 5)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  test('is the same for the same seed, and not for another', async () => {
    const of = (seed: number) => run(steady(1.4, 2, 10), ecs(), { seed });
    const [first, again, other] = [await of(1), await of(1), await of(2)];
    expect(again).toEqual(first);
    expect(other.outcomes).not.toEqual(first.outcomes);
  });

  test.each([0.3, 0.5, 0.6])('has the queue of theory at a load of %d', async (load) => {
    const { timeline } = await run(steady(load, 1, 180), fixed(1));
    const meanMs = timeline.reduce((sum, { queueMs }) => sum + queueMs, 0) / timeline.length;
    // Pollaczek and Khinchine: run times are 15 % up and down, evenly, whose variance is 0.15² / 3.
    const theoryMs = (200 * load * (1 + 0.15 ** 2 / 3)) / (2 * (1 - load));
    // Within 10 %: some 10,000 requests that wait for each other.
    expect(meanMs / theoryMs).toBeGreaterThan(0.9);
    expect(meanMs / theoryMs).toBeLessThan(1.1);
  });

  test('answers no more than there is capacity for, and refuses the rest', async () => {
    const { outcomes } = await run(steady(2, 1, 30), fixed(1));
    expect(outcomes.answered / outcomes.arrived).toBeGreaterThan(0.45);
    expect(outcomes.answered / outcomes.arrived).toBeLessThan(0.52);
  });

  test('tells clients to come back while there is no task, and wakes one', async () => {
    const { outcomes, noBackend, timeline } = await run(steady(0.2, 0, 15), ecs());
    expect(noBackend).toBeGreaterThan(0);
    expect(timeline.at(-1)?.running).toBe(1);
    // Those that waited come back within one Retry-After: more than the one task can do.
    expect(outcomes.answered / outcomes.arrived).toBeGreaterThan(0.7);
    expect(outcomes.gaveUp + outcomes.failed).toBe(0);
  });

  test('bills instances, not tasks: 15 minutes more than the task that stopped', async () => {
    const goes: ScalingRule = { everyMs: 60_000, decide: ({ now }) => (now >= 10 * 60_000 ? 0 : 1) };
    const { instanceHours } = await run(steady(0, 1, 60), goes);
    expect(instanceHours).toBeCloseTo((10 + 0.5 + 15) / 60, 5);
  });

  test('replaces a task that died, and loses at most what its retries could not save', async () => {
    const { outcomes, timeline } = await run({ ...steady(0.8, 2, 20), deaths: [5] }, fixed(2));
    expect(timeline.map(({ running }) => running)).toContain(1);
    expect(timeline.at(-1)?.running).toBe(2);
    expect(outcomes.failed / outcomes.arrived).toBeLessThan(0.02);
  });
});
