import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_INDEX,
  MAX_HISTORY,
  type RepositoryIndex,
} from '../../../../layers/repository/src/format/repository-index.ts';
import { setLabel } from '../../../../layers/repository/src/publish/label-edits.ts';
import { endRollout, startRollout } from '../../../../layers/repository/src/publish/rollout-edits.ts';
import { setShadow } from '../../../../layers/repository/src/publish/shadow-edits.ts';
import { addVersion, retire } from '../../../../layers/repository/src/publish/version-edits.ts';
import { digest, edited, indexOf, modelOf, v } from './index-builder.ts';

const added = { model: 'm', version: v(2), manifest: digest('b'), bytes: 5, at: 7 };
const rollout = {
  ...{ model: 'm', label: 'stable', candidate: v(2), steps: [5, 100], stepSeconds: 60, at: 3 },
  bounds: { windowSeconds: 60, minRequests: 10 },
};

describe('addVersion', () => {
  it('adds the model with its first version and says so in the history', () => {
    const model = modelOf(addVersion(EMPTY_INDEX, added));
    expect([...model.versions]).toEqual([[2, { manifest: digest('b'), bytes: 5, publishedAt: 7 }]]);
    expect(model.history).toMatchObject([{ at: 7, version: 2, event: 'published' }]);
  });

  it('keeps versions in ascending order, and other models', () => {
    const others = addVersion(EMPTY_INDEX, { ...added, model: 'other' });
    const index = edited(
      others,
      ...[10, 9, 11].map((n) => (i: RepositoryIndex) => addVersion(i, { ...added, version: v(n) })),
    );
    expect([...modelOf(index).versions.keys()]).toEqual([9, 10, 11]);
    expect(index.models.get('other')).toBe(others.models.get('other'));
  });

  it('changes nothing when the version is there with the same manifest', () => {
    const index = addVersion(indexOf(1), added);
    expect(addVersion(index, { ...added, at: 99 })).toBe(index);
  });

  it.each([
    ['another manifest', addVersion(indexOf(1), added), { ...added, manifest: digest('c') }, Code.AlreadyExists],
    ['a retired number', retire(addVersion(indexOf(1), added), { ...added }), added, Code.FailedPrecondition],
    ['no name of a model', EMPTY_INDEX, { ...added, model: 'a/b' }, Code.InvalidArgument],
  ])('refuses %s', (_, index, edit, code) => {
    expect(() => addVersion(index, edit)).toThrow(expect.objectContaining({ code }));
  });

  it(`keeps the newest ${MAX_HISTORY} lines of history`, () => {
    const many = Array.from({ length: MAX_HISTORY + 5 }, (_, i) => i + 1);
    const { history } = modelOf(indexOf(...many));
    expect([history.length, history[0]?.version, history.at(-1)?.version]).toEqual([MAX_HISTORY, 6, MAX_HISTORY + 5]);
  });
});

describe('retire', () => {
  it('takes the version out and its number with it', () => {
    const model = modelOf(retire(indexOf(1, 2, 3), { model: 'm', version: v(2), at: 9 }));
    expect([[...model.versions.keys()], model.retired]).toEqual([[1, 3], [2]]);
    expect(model.history.at(-1)).toMatchObject({ at: 9, version: 2, event: 'retired' });
  });

  it('changes nothing when the version is retired already', () => {
    const index = retire(indexOf(1, 2), { model: 'm', version: v(2), at: 9 });
    expect(retire(index, { model: 'm', version: v(2), at: 10 })).toBe(index);
  });

  it.each([
    ['a label', (i: RepositoryIndex) => setLabel(i, { ...rollout, version: v(2) }), 'label "stable" names it'],
    [
      'the shadow',
      (i: RepositoryIndex) => setShadow(i, { ...rollout, version: v(2), percent: 10 }),
      'the shadow names it',
    ],
    [
      'a running rollout',
      (i: RepositoryIndex) => startRollout(setLabel(i, { ...rollout, version: v(1) }), rollout),
      'label "stable" names and the running rollout of label "stable" names it',
    ],
  ])('is refused while %s names the version', (_, prepare, words) => {
    const index = prepare(indexOf(1, 2));
    expect(() => retire(index, { model: 'm', version: v(2), at: 9 })).toThrow(words);
  });

  it('takes the candidate of a rollout that was rolled back', () => {
    const started = startRollout(setLabel(indexOf(1, 2), { ...rollout, version: v(1) }), rollout);
    const ended = endRollout(started, { model: 'm', candidate: v(2), state: 'rolled_back', reason: '', at: 4 });
    expect(modelOf(retire(ended, { model: 'm', version: v(2), at: 9 })).retired).toEqual([2]);
  });

  it('takes a number that the index does not have only when asked to', () => {
    expect(() => retire(indexOf(1), { model: 'm', version: v(5), at: 9 })).toThrow(
      'no version 5 of model "m", it has 1',
    );
    expect(modelOf(retire(indexOf(1), { model: 'm', version: v(5), at: 9, unlisted: true })).retired).toEqual([5]);
    expect(modelOf(retire(EMPTY_INDEX, { model: 'm', version: v(5), at: 9, unlisted: true })).retired).toEqual([5]);
  });
});
