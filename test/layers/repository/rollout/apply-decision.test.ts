import {
  applyDecision,
  endRollout,
  type Rollout,
  type RolloutAction,
  startRollout,
  stepRollout,
} from '@tensorfleet/repository';
import { describe, expect, it } from 'vitest';
import { setLabel } from '../../../../layers/repository/src/publish/label-edits.ts';
import { indexOf, modelOf, v } from '../publish/index-builder.ts';
import { ROLLOUT } from './rollout-under-test.ts';

const { label, baseline, candidate, stepSeconds, bounds } = ROLLOUT;
const START = { model: 'm', at: 1_000, label, candidate, steps: [10, 50, 100], stepSeconds, bounds };
const READY = setLabel(indexOf(12, 13), { model: 'm', label, version: baseline, at: 1 });
const STARTED = startRollout(READY, START);
const STEPPED = stepRollout(STARTED, { model: 'm', at: 2_000, candidate, from: 0 });

const STEP: RolloutAction = { kind: 'step', step: 1, reason: 'well' };
const DONE: RolloutAction = { kind: 'done', reason: 'well' };
const ROLL_BACK: RolloutAction = { kind: 'roll_back', metric: 'p99_ms', reason: 'p99 9 ms is above 5 ms' };

function rolloutOf(index: typeof STARTED): Rollout {
  const { rollout } = modelOf(index);
  if (rollout === undefined) {
    throw new Error('the index has no rollout');
  }
  return rollout;
}

describe('applyDecision', () => {
  it('takes the next step: weights, and a line of history', () => {
    const after = applyDecision(STARTED, { model: 'm', rollout: rolloutOf(STARTED), decision: STEP, at: 2_000 });
    const { labels, rollout, history } = modelOf(after);
    expect(labels.get(label)).toEqual(
      new Map([
        [baseline, 50],
        [candidate, 50],
      ]),
    );
    expect(rollout).toMatchObject({ step: 1, stepSince: 2_000, state: 'running' });
    expect(history.at(-1)).toMatchObject({ at: 2_000, version: candidate, event: 'stepped' });
  });

  it('gives the label to the candidate when it is done', () => {
    const after = applyDecision(STEPPED, { model: 'm', rollout: rolloutOf(STEPPED), decision: DONE, at: 3_000 });
    expect(modelOf(after).labels.get(label)).toBe(candidate);
    expect(modelOf(after).rollout?.state).toBe('done');
    expect(modelOf(after).history.at(-1)?.event).toBe('promoted');
  });

  it('gives the label back to the baseline, and says why in the history', () => {
    const after = applyDecision(STARTED, { model: 'm', rollout: rolloutOf(STARTED), decision: ROLL_BACK, at: 2_000 });
    expect(modelOf(after).labels.get(label)).toBe(baseline);
    expect(modelOf(after).rollout?.state).toBe('rolled_back');
    expect(modelOf(after).history.at(-1)).toMatchObject({
      event: 'rolled_back',
      detail: expect.stringContaining(ROLL_BACK.reason),
    });
  });

  it.each([STEP, DONE, ROLL_BACK])('carries out %j once, whoever else decides the same', (decision) => {
    const decided = { model: 'm', rollout: rolloutOf(STARTED), decision, at: 2_000 };
    const after = applyDecision(STARTED, decided);
    expect(applyDecision(after, { ...decided, at: 2_001 })).toBe(after);
  });

  it('rolls back though another server has taken a step since', () => {
    const decided = { model: 'm', rollout: rolloutOf(STARTED), decision: ROLL_BACK, at: 2_001 };
    expect(modelOf(applyDecision(STEPPED, decided)).labels.get(label)).toBe(baseline);
  });

  it.each([STEP, DONE])('does not %j when another server has taken a step since', (decision) => {
    expect(applyDecision(STEPPED, { model: 'm', rollout: rolloutOf(STARTED), decision, at: 2_001 })).toBe(STEPPED);
  });

  const RESTARTED = startRollout(
    endRollout(STARTED, { model: 'm', at: 5_000, candidate, state: 'rolled_back', reason: 'by hand' }),
    { ...START, at: 6_000 },
  );

  it.each<[string, typeof STARTED]>([
    ['is over', endRollout(STARTED, { model: 'm', at: 5_000, candidate, state: 'done', reason: 'by hand' })],
    ['was started again with the same versions', RESTARTED],
    ['is one of another candidate', withCandidate(STARTED)],
    ['is gone with its model', { models: new Map() }],
    ['is gone', READY],
  ])('changes nothing when the rollout %s', (_what, index) => {
    for (const decision of [STEP, DONE, ROLL_BACK]) {
      expect(applyDecision(index, { model: 'm', rollout: rolloutOf(STARTED), decision, at: 7_000 })).toBe(index);
    }
  });
});

function withCandidate(index: typeof STARTED): typeof STARTED {
  const model = modelOf(index);
  return { models: new Map([['m', { ...model, rollout: { ...rolloutOf(index), candidate: v(14) } }]]) };
}
