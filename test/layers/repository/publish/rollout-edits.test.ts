import { Code, type Version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { RepositoryIndex } from '../../../../layers/repository/src/format/repository-index.ts';
import { promote, removeLabel, setLabel, setWeights } from '../../../../layers/repository/src/publish/label-edits.ts';
import { rollback } from '../../../../layers/repository/src/publish/rollback.ts';
import { endRollout, startRollout, stepRollout } from '../../../../layers/repository/src/publish/rollout-edits.ts';
import { indexOf, modelOf, v } from './index-builder.ts';

const plan = {
  ...{ model: 'm', label: 'stable', candidate: v(2), steps: [5, 50, 100], stepSeconds: 60, at: 3 },
  bounds: { windowSeconds: 60, minRequests: 10 },
};
const base = promote(indexOf(1, 2, 3), { model: 'm', version: v(1), at: 1 });
const started = startRollout(base, plan);
const step = { model: 'm', candidate: v(2), at: 4 };

function weightsOf(index: RepositoryIndex): unknown {
  const target = modelOf(index).labels.get('stable');
  return typeof target === 'number' ? target : Object.fromEntries(target as ReadonlyMap<Version, number>);
}

describe('startRollout', () => {
  it('gives the label the weights of the first step', () => {
    expect(weightsOf(started)).toEqual({ 1: 95, 2: 5 });
    expect(modelOf(started).rollout).toMatchObject({
      baseline: 1,
      candidate: 2,
      step: 0,
      stepSince: 3,
      state: 'running',
    });
    expect(modelOf(started).history.at(-1)).toMatchObject({
      ...{ event: 'stepped', version: 2, from: 1, detail: 'stable 1 -> 1 (95) 2 (5): step 1 of 3, 5 %' },
    });
  });

  it('made again with the same time changes nothing, even after it has ended', () => {
    expect(startRollout(started, plan)).toBe(started);
    const ended = rollback(started, { model: 'm', at: 9 });
    expect(startRollout(ended, plan)).toBe(ended);
  });

  it.each([
    ['while another runs', started, { ...plan, label: 'stable', candidate: v(3), at: 8 }, Code.FailedPrecondition],
    ['for a label that is not set', base, { ...plan, label: 'x' }, Code.FailedPrecondition],
    [
      'for a label with weights',
      setWeights(base, {
        ...plan,
        weights: new Map([
          [v(1), 1],
          [v(3), 1],
        ]),
      }),
      plan,
      Code.FailedPrecondition,
    ],
    ['from a version to itself', base, { ...plan, candidate: v(1) }, Code.FailedPrecondition],
    ['to a version that is not there', base, { ...plan, candidate: v(9) }, Code.NotFound],
    ['with steps that do not ascend', base, { ...plan, steps: [50, 5, 100] }, Code.InvalidArgument],
    ['with steps that do not end at 100', base, { ...plan, steps: [5] }, Code.InvalidArgument],
    ['without steps', base, { ...plan, steps: [] }, Code.InvalidArgument],
  ])('is refused %s', (_, index, edit, code) => {
    expect(() => startRollout(index, edit)).toThrow(expect.objectContaining({ code }));
  });
});

describe('stepRollout', () => {
  it('raises the share step by step to the candidate alone', () => {
    const second = stepRollout(started, { ...step, from: 0 });
    const third = stepRollout(second, { ...step, from: 1, at: 5 });
    expect([weightsOf(second), weightsOf(third)]).toEqual([{ 1: 50, 2: 50 }, 2]);
    expect(modelOf(third).rollout).toMatchObject({ step: 2, stepSince: 5, state: 'running' });
    expect(stepRollout(third, { ...step, from: 2 })).toBe(third);
  });

  it('changes nothing when another server was faster, or it was ended', () => {
    const second = stepRollout(started, { ...step, from: 0 });
    expect(stepRollout(second, { ...step, from: 0 })).toBe(second);
    const ended = rollback(started, { model: 'm', at: 9 });
    expect(stepRollout(ended, { ...step, from: 0 })).toBe(ended);
  });
});

describe('endRollout', () => {
  it.each([
    ['done', 2, 'promoted'],
    ['rolled_back', 1, 'rolled_back'],
  ] as const)('%s leaves the label with one version, once', (state, version, event) => {
    const ended = endRollout(started, { ...step, state, reason: 'because\nso' });
    expect([weightsOf(ended), modelOf(ended).rollout?.state]).toEqual([version, state]);
    expect(modelOf(ended).history.at(-1)).toMatchObject({
      event,
      version,
      detail: expect.stringMatching(/: because so$/),
    });
    expect(endRollout(ended, { ...step, state, reason: 'again', at: 9 })).toBe(ended);
  });
});

describe('a running rollout', () => {
  it('keeps its label from others, but for a promotion of the candidate', () => {
    const label = { model: 'm', label: 'stable', at: 9 };
    for (const change of [
      () => setLabel(started, { ...label, version: v(3) }),
      () =>
        setWeights(started, {
          ...label,
          weights: new Map([
            [v(1), 1],
            [v(3), 1],
          ]),
        }),
      () => removeLabel(started, label),
      () => promote(started, { ...label, version: v(3) }),
    ]) {
      expect(change).toThrow('is being rolled out from 1 to 2: promote 2 or roll back first');
    }
    const promoted = promote(started, { ...label, version: v(2) });
    expect([weightsOf(promoted), modelOf(promoted).rollout?.state]).toEqual([2, 'done']);
    expect(weightsOf(setLabel(started, { ...label, label: 'other', version: v(3) }))).toEqual({ 1: 95, 2: 5 });
  });
});
