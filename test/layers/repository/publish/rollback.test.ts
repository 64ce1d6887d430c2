import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { RepositoryIndex } from '../../../../layers/repository/src/format/repository-index.ts';
import { promote, removeLabel, setLabel, setWeights } from '../../../../layers/repository/src/publish/label-edits.ts';
import { rollback } from '../../../../layers/repository/src/publish/rollback.ts';
import { endRollout, startRollout, stepRollout } from '../../../../layers/repository/src/publish/rollout-edits.ts';
import { retire } from '../../../../layers/repository/src/publish/version-edits.ts';
import { edited, indexOf, modelOf, v } from './index-builder.ts';

type Change = (index: RepositoryIndex, at: number) => RepositoryIndex;

const to =
  (version: number): Change =>
  (index, at) =>
    promote(index, { model: 'm', version: v(version), at });
const share =
  (...pairs: readonly (readonly [number, number])[]): Change =>
  (index, at) =>
    setWeights(index, { model: 'm', label: 'stable', weights: new Map(pairs.map(([n, w]) => [v(n), w])), at });
const back: Change = (index, at) => rollback(index, { model: 'm', at });
const start: Change = (index, at) =>
  startRollout(index, {
    ...{ model: 'm', label: 'stable', candidate: v(3), steps: [5, 100], stepSeconds: 60, at },
    bounds: { windowSeconds: 60, minRequests: 10 },
  });
const step: Change = (index, at) => stepRollout(index, { model: 'm', candidate: v(3), from: 0, at });
const done: Change = (index, at) =>
  endRollout(index, { model: 'm', candidate: v(3), state: 'done', reason: 'all steps held', at });

describe('rollback', () => {
  it.each<readonly [string, readonly Change[], number]>([
    ['goes to the version before the promotion', [to(1), to(2), back], 1],
    ['goes back twice when asked twice', [to(1), to(2), to(3), back, back], 1],
    ['goes back from a version that was promoted again', [to(1), to(2), back, to(3), back], 1],
    ['goes past weights to the version before them', [to(1), share([1, 95], [2, 5]), to(2), back], 1],
    ['ends weights', [to(1), to(2), share([2, 95], [3, 5]), back], 2],
    ['goes past weights that were set twice', [to(1), share([1, 40], [2, 60]), share([1, 10], [2, 90]), back], 1],
    [
      'finds a version that the label had before it was taken away',
      [to(1), (i, at) => removeLabel(i, { model: 'm', label: 'stable', at }), to(2), back],
      1,
    ],
    [
      'finds where another event than a promotion set the label',
      [(i, at) => setLabel(i, { model: 'm', label: 'stable', version: v(1), at }), to(2), back],
      1,
    ],
    ['goes where it is told', [to(1), to(2), to(3), (i, at) => rollback(i, { model: 'm', to: v(1), at })], 1],
    ['ends a running rollout with its baseline', [to(1), to(2), start, back], 2],
    ['goes back to the baseline of a rollout that is done', [to(1), to(2), start, step, done, back], 2],
    ['goes back to the baseline of a rollout whose candidate was promoted', [to(1), to(2), start, to(3), back], 2],
  ])('%s', (_, changes, expected) => {
    const model = modelOf(edited(indexOf(1, 2, 3), ...changes));
    expect(model.labels.get('stable')).toBe(expected);
    expect(model.history.at(-1)).toMatchObject({ event: 'rolled_back', label: 'stable', version: expected });
    expect(model.rollout?.state).not.toBe('running');
  });

  it('made again with the same time changes nothing', () => {
    const index = edited(indexOf(1, 2, 3), to(1), to(2), to(3), back);
    expect(rollback(index, { model: 'm', at: 4 })).toBe(index);
  });

  it.each<readonly [string, readonly Change[], number | undefined, Code, string]>([
    ['without a label', [], undefined, Code.NotFound, 'has no label "stable"'],
    [
      'without a version before',
      [to(1)],
      undefined,
      Code.FailedPrecondition,
      'is 1, and its history knows no version before',
    ],
    ['to where nothing came before', [to(1), to(2), back], undefined, Code.FailedPrecondition, 'is 1, and its history'],
    [
      'to a retired version',
      [to(1), to(2), (i, at) => retire(i, { model: 'm', version: v(1), at })],
      undefined,
      Code.FailedPrecondition,
      'version 1 of model "m" is retired',
    ],
    ['to a version that is not there', [to(1)], 9, Code.NotFound, 'no version 9'],
  ])('is refused %s', (_, changes, target, code, words) => {
    const index = edited(indexOf(1, 2, 3), ...changes);
    const edit = { model: 'm', at: 99, ...(target !== undefined && { to: v(target) }) };
    expect(() => rollback(index, edit)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });
});
