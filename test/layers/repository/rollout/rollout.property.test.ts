import {
  applyDecision,
  decideRollout,
  type RepositoryIndex,
  type Rollout,
  type RolloutWindow,
  startRollout,
  type VersionWindow,
} from '@tensorfleet/repository';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { setLabel } from '../../../../layers/repository/src/publish/label-edits.ts';
import { indexOf, modelOf } from '../publish/index-builder.ts';
import { ROLLOUT } from './rollout-under-test.ts';

const { label, baseline, candidate, bounds } = ROLLOUT;
const STEPS = [5, 25, 50, 100];
const START = 1_000;

const STARTED = startRollout(setLabel(indexOf(12, 13), { model: 'm', label, version: baseline, at: 1 }), {
  ...{ model: 'm', at: START, label, candidate, steps: STEPS, stepSeconds: 10, bounds },
});

/** Versions of which about half leave a bound; latencies and rates around their bounds. */
const aVersion: fc.Arbitrary<VersionWindow> = fc
  .record({
    requests: fc.nat({ max: 60 }),
    failed: fc.double({ min: 0, max: 0.08, noNaN: true }),
    refusals: fc.nat({ max: 3 }),
    p99Ms: fc.option(fc.double({ min: 10, max: 90, noNaN: true }), { nil: undefined }),
  })
  .map(({ failed, ...rest }) => ({ ...rest, failures: Math.round(rest.requests * failed) }));

const aWindow: fc.Arbitrary<RolloutWindow> = fc
  .record({
    candidate: aVersion,
    baseline: aVersion,
    comparisons: fc.nat({ max: 60 }),
    differing: fc.double({ min: 0, max: 0.13, noNaN: true }),
  })
  .map(({ differing, ...rest }) => ({ ...rest, disagreements: rest.comparisons * differing }));

/** One server looks at the index, perhaps an old one, and decides; milliseconds pass. */
const aMove = fc.record({ window: aWindow, passedMs: fc.nat({ max: 12_000 }), isBehind: fc.boolean() });

/** Said another way than the code does. */
function isBad({ candidate: own, baseline: usual, comparisons, disagreements }: RolloutWindow): boolean {
  const enough = own.requests >= bounds.minRequests;
  const p99 = own.p99Ms ?? 0;
  return (
    (enough && own.failures > own.requests * (bounds.maxErrorRate ?? 1)) ||
    (enough && p99 > (bounds.maxP99Ms ?? 0)) ||
    (enough &&
      usual.requests >= bounds.minRequests &&
      usual.p99Ms !== undefined &&
      p99 > usual.p99Ms * (bounds.maxP99Ratio ?? 0)) ||
    (comparisons >= bounds.minRequests && disagreements > comparisons * (bounds.maxDisagreement ?? 1))
  );
}

function rolloutOf(index: RepositoryIndex): Rollout {
  const { rollout } = modelOf(index);
  if (rollout === undefined) {
    throw new Error('the rollout is lost');
  }
  return rollout;
}

it('a rollout that many servers decide about steps in order, one step at a time, never while a bound is broken', () => {
  fc.assert(
    fc.property(fc.array(aMove, { maxLength: 60 }), (moves) => {
      let [index, before] = [STARTED, STARTED];
      let now = START;
      for (const { window, passedMs, isBehind } of moves) {
        now += passedMs;
        const seen = rolloutOf(isBehind ? before : index);
        const was = rolloutOf(index);
        const decision = decideRollout(seen, window, now);
        const next =
          decision.kind === 'stay' ? index : applyDecision(index, { model: 'm', rollout: seen, decision, at: now });
        [before, index] = [index, next];
        checkMove(was, rolloutOf(next), window, now);
        checkLabels(next);
      }
    }),
    { numRuns: 500 },
  );
});

function checkMove(was: Rollout, is: Rollout, window: RolloutWindow, now: number): void {
  if (was.state !== 'running') {
    expect(is, 'what is over stays as it is').toEqual(was);
    return;
  }
  if (is.step !== was.step || is.state === 'done') {
    expect(isBad(window), 'no step while a bound is broken').toBe(false);
    expect(window.candidate.requests).toBeGreaterThanOrEqual(bounds.minRequests);
    expect(now - was.stepSince, 'each step lasts').toBeGreaterThanOrEqual(was.stepSeconds * 1000);
    expect([was.step, was.step + 1]).toContain(is.step);
  }
  if (is.state === 'done') {
    expect(was.step, 'done after the last step').toBe(STEPS.length - 1);
  }
}

function checkLabels(index: RepositoryIndex): void {
  const { labels } = modelOf(index);
  const { state, step } = rolloutOf(index);
  const target = labels.get(label);
  if (state === 'rolled_back') {
    expect(target).toBe(baseline);
  } else if (state === 'done' || STEPS[step] === 100) {
    expect(target).toBe(candidate);
  } else {
    expect(typeof target === 'object' && target.get(candidate)).toBe(STEPS[step]);
  }
}

it('a rollout that all is well with is done after its steps, on a clock of its own', () => {
  const well: RolloutWindow = {
    candidate: { requests: 100, failures: 0, refusals: 0, p99Ms: 20 },
    baseline: { requests: 100, failures: 0, refusals: 0, p99Ms: 20 },
    comparisons: 100,
    disagreements: 0,
  };
  let index = STARTED;
  const stepsAt: number[] = [];
  for (let now = START; rolloutOf(index).state === 'running'; now += 1_000) {
    const rollout = rolloutOf(index);
    const decision = decideRollout(rollout, well, now);
    if (decision.kind !== 'stay') {
      index = applyDecision(index, { model: 'm', rollout, decision, at: now });
      stepsAt.push(now - START);
    }
  }
  expect(stepsAt).toEqual([10_000, 20_000, 30_000, 40_000]);
  expect(
    modelOf(index)
      .history.map(({ event }) => event)
      .slice(-5),
  ).toEqual([...['stepped', 'stepped', 'stepped', 'stepped', 'promoted']]);
});
