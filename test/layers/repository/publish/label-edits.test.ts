import { Code, type Version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { RepositoryIndex } from '../../../../layers/repository/src/format/repository-index.ts';
import { promote, removeLabel, setLabel, setWeights } from '../../../../layers/repository/src/publish/label-edits.ts';
import { retire } from '../../../../layers/repository/src/publish/version-edits.ts';
import { edited, indexOf, modelOf, v } from './index-builder.ts';

const edit = { model: 'm', label: 'canary', at: 5 };
const weights = (...pairs: readonly (readonly [number, number])[]): ReadonlyMap<Version, number> =>
  new Map(pairs.map(([version, weight]) => [v(version), weight]));

describe('setLabel', () => {
  it('moves the label and remembers where it was', () => {
    const index = edited(
      indexOf(1, 2),
      (i, at) => setLabel(i, { ...edit, version: v(1), at }),
      (i, at) => setLabel(i, { ...edit, version: v(2), at }),
    );
    expect(modelOf(index).labels).toEqual(new Map([['canary', 2]]));
    expect(modelOf(index).history.slice(-2)).toEqual([
      { at: 1, version: 1, event: 'labelled', detail: 'canary -> 1', label: 'canary' },
      { at: 2, version: 2, event: 'labelled', detail: 'canary 1 -> 2', label: 'canary', from: 1 },
    ]);
  });

  it('changes nothing when the label is there already', () => {
    const index = setLabel(indexOf(1), { ...edit, version: v(1) });
    expect(setLabel(index, { ...edit, version: v(1), at: 9 })).toBe(index);
  });

  it('made again with the same time does not overrule who came after it', () => {
    const first = { ...edit, version: v(1) };
    const index = setLabel(setLabel(indexOf(1, 2), first), { ...edit, version: v(2), at: 6 });
    expect(setLabel(index, first)).toBe(index);
  });

  it.each([
    ['a version that is not there', { ...edit, version: v(9) }, Code.NotFound],
    ['a retired version', { ...edit, version: v(2) }, Code.FailedPrecondition],
    ['a model that is not there', { ...edit, model: 'x', version: v(1) }, Code.NotFound],
    ['a label with a slash', { ...edit, label: 'a/b', version: v(1) }, Code.InvalidArgument],
    ['a label that JSON readers drop', { ...edit, label: '__proto__', version: v(1) }, Code.InvalidArgument],
    ['an empty label', { ...edit, label: '', version: v(1) }, Code.InvalidArgument],
    ['a label that is too long', { ...edit, label: 'a'.repeat(257), version: v(1) }, Code.InvalidArgument],
  ])('refuses %s', (_, wrong, code) => {
    const index = retire(indexOf(1, 2), { model: 'm', version: v(2), at: 1 });
    expect(() => setLabel(index, wrong)).toThrow(expect.objectContaining({ code }));
  });
});

describe('setWeights', () => {
  it('sorts the versions, and the same weights again are no change', () => {
    const index = setWeights(indexOf(1, 2), { ...edit, weights: weights([2, 5], [1, 95]) });
    expect([...(modelOf(index).labels.get('canary') as ReadonlyMap<Version, number>)]).toEqual([
      [1, 95],
      [2, 5],
    ]);
    expect(modelOf(index).history.at(-1)?.detail).toBe('canary -> 1 (95) 2 (5)');
    expect(setWeights(index, { ...edit, weights: weights([1, 95], [2, 5]) })).toBe(index);
  });

  it('takes one version alone for a label', () => {
    const index = setWeights(indexOf(1), { ...edit, weights: weights([1, 30]) });
    expect(modelOf(index).labels.get('canary')).toBe(1);
  });

  it.each([
    ['no version', [], Code.InvalidArgument],
    [
      'a weight of 0',
      [
        [1, 0],
        [2, 1],
      ],
      Code.InvalidArgument,
    ],
    ['a weight that is no number', [[1, Number.NaN]], Code.InvalidArgument],
    ['a weight beyond the limit', [[1, 1_000_001]], Code.InvalidArgument],
    [
      'a version that is not there',
      [
        [1, 1],
        [9, 1],
      ],
      Code.NotFound,
    ],
  ] as const)('refuses %s', (_, pairs, code) => {
    const wrong = { ...edit, weights: weights(...pairs) };
    expect(() => setWeights(indexOf(1, 2), wrong)).toThrow(expect.objectContaining({ code }));
  });
});

describe('removeLabel', () => {
  it('takes the label away once', () => {
    const index = removeLabel(setLabel(indexOf(1), { ...edit, version: v(1) }), edit);
    expect(modelOf(index).labels.size).toBe(0);
    expect(modelOf(index).history.at(-1)).toMatchObject({ event: 'labelled', detail: 'canary 1 -> none', from: 1 });
    expect(removeLabel(index, edit)).toBe(index);
  });
});

describe('promote', () => {
  it('gives stable to the version, or another label', () => {
    const index = edited(
      indexOf(1, 2),
      (i, at) => promote(i, { model: 'm', version: v(2), at }),
      (i, at) => promote(i, { model: 'm', version: v(1), label: 'eu', at }),
    );
    expect([...modelOf(index).labels]).toEqual([
      ['stable', 2],
      ['eu', 1],
    ]);
    expect(modelOf(index).history.at(-1)).toMatchObject({ event: 'promoted', version: 1, detail: 'eu -> 1' });
  });

  it('changes nothing when the version has the label', () => {
    const index: RepositoryIndex = promote(indexOf(1), { model: 'm', version: v(1), at: 1 });
    expect(promote(index, { model: 'm', version: v(1), at: 2 })).toBe(index);
  });
});
