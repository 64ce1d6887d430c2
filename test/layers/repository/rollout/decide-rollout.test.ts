import { decideRollout, type Rollout, type RolloutBounds, type RolloutWindow } from '@tensorfleet/repository';
import { describe, expect, it } from 'vitest';
import { ROLLOUT, rolloutWindow } from './rollout-under-test.ts';

const STEP_OVER = 11_000;

function decide(window: RolloutWindow, rollout: Partial<Rollout> = {}, now = STEP_OVER) {
  return decideRollout({ ...ROLLOUT, ...rollout }, window, now);
}

describe('decideRollout', () => {
  it.each<[string, RolloutWindow, string, string]>([
    ['errors', rolloutWindow({ failures: 2 }), 'error_rate', 'error rate 0.1 (2 of 20 requests) is above 0.05'],
    [
      'latency',
      rolloutWindow({ p99Ms: 81 }, { baseline: { p99Ms: 60 } }),
      'p99_ms',
      'p99 81 ms (20 requests) is above 80 ms',
    ],
    [
      'latency beside the baseline',
      rolloutWindow({ p99Ms: 61 }),
      'p99_ratio',
      "p99 ratio 1.52 (61 ms by the baseline's 40 ms) is above 1.5",
    ],
    [
      'other answers',
      rolloutWindow({}, { disagreements: 3 }),
      'disagreement',
      'disagreement 0.15 (3 of 20 answers) is above 0.1',
    ],
    [
      'callers that the baseline does not refuse',
      rolloutWindow({ requests: 0, refusals: 20, p99Ms: undefined }),
      'refusal_rate',
      "refusal rate 1 (20 of 20 requests) is above the baseline's 0 by more than 0.05",
    ],
    [
      'errors first, when everything is wrong',
      rolloutWindow({ failures: 20, refusals: 20, p99Ms: 1_000 }, { disagreements: 20 }),
      'error_rate',
      'error rate 1 (20 of 20 requests) is above 0.05',
    ],
  ])('rolls back for %s, during a step and after it', (_what, window, metric, reason) => {
    const expected = { kind: 'roll_back', metric, reason };
    expect(decide(window, {}, ROLLOUT.stepSince)).toEqual(expected);
    expect(decide(window)).toEqual(expected);
    expect(decide(window, { step: 1 })).toEqual(expected);
  });

  it.each<[string, RolloutWindow]>([
    ['errors at the bound', rolloutWindow({ failures: 1 })],
    ['latency at the bound', rolloutWindow({ p99Ms: 80 }, { baseline: { p99Ms: 60 } })],
    ['the ratio of latencies at the bound', rolloutWindow({ p99Ms: 60 })],
    ['disagreement at the bound', rolloutWindow({}, { disagreements: 2 })],
    [
      'a ratio to a baseline that hardly has requests',
      rolloutWindow({ p99Ms: 79 }, { baseline: { requests: 19, p99Ms: 1 } }),
    ],
    ['a ratio to a baseline that has answered nothing', rolloutWindow({}, { baseline: { p99Ms: undefined } })],
    ['as many refusals as the baseline has', rolloutWindow({ refusals: 10 }, { baseline: { refusals: 9 } })],
    ['refusals when the baseline hardly has requests', rolloutWindow({ refusals: 20 }, { baseline: { requests: 19 } })],
  ])('takes the next step in spite of %s', (_what, window) => {
    expect(decide(window)).toEqual({
      kind: 'step',
      step: 1,
      reason: '20 requests in 60 seconds within all bounds',
    });
  });

  it.each<[string, RolloutWindow, string]>([
    [
      'the candidate has too few requests, all of which failed',
      rolloutWindow({ requests: 19, failures: 19, p99Ms: 10_000 }),
      'the candidate had 19 requests in 60 seconds, min_requests is 20',
    ],
    [
      'all callers are refused, though they are few',
      rolloutWindow({ requests: 0, refusals: 19, p99Ms: undefined }),
      'the candidate had 0 requests in 60 seconds, min_requests is 20',
    ],
    [
      'too few answers were compared, all of which differ',
      rolloutWindow({}, { comparisons: 19, disagreements: 19 }),
      '19 answers were compared in 60 seconds, min_requests is 20',
    ],
  ])('stays when %s', (_what, window, reason) => {
    expect(decide(window)).toEqual({ kind: 'stay', reason });
  });

  it('compares nothing when disagreement has no bound', () => {
    const { maxDisagreement: _, ...bounds } = ROLLOUT.bounds;
    expect(decide(rolloutWindow({}, { comparisons: 0 }), { bounds }).kind).toBe('step');
  });

  it('concludes nothing from what has no bound', () => {
    const bounds: RolloutBounds = { windowSeconds: 60, minRequests: 20 };
    const bad = rolloutWindow({ failures: 20, refusals: 20, p99Ms: 1_000 }, { disagreements: 20 });
    expect(decide(bad, { bounds }).kind).toBe('step');
  });

  it('stays until the step has lasted its time, and says until when', () => {
    const window = rolloutWindow();
    expect(decide(window, {}, STEP_OVER - 1)).toEqual({
      kind: 'stay',
      reason: 'step 1 of 2 lasts 10 seconds',
      until: STEP_OVER,
    });
    expect(decide(window, {}, STEP_OVER).kind).toBe('step');
  });

  it('is done when the last step has lasted its time', () => {
    const last = { step: 1, stepSince: STEP_OVER };
    expect(decide(rolloutWindow(), last, STEP_OVER + 9_999).kind).toBe('stay');
    expect(decide(rolloutWindow(), last, STEP_OVER + 10_000)).toEqual({
      kind: 'done',
      reason: '20 requests in 60 seconds within all bounds',
    });
  });

  it.each(['done', 'rolled_back'] as const)('leaves a rollout alone that is %s', (state) => {
    expect(decide(rolloutWindow(), { state }).kind).toBe('stay');
    expect(decide(rolloutWindow({ failures: 20 }), { state }).kind).toBe('stay');
  });
});
