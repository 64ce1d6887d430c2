import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  all,
  latest,
  parseServableVersionPolicy,
  type ServableVersionPolicy,
  selectVersions,
  specific,
} from '../../../gpu-backend/src/repository/servable-version-policy.ts';

const versions = (...numbers: number[]) => numbers.map((number) => version(number));

describe('selectVersions', () => {
  it.each<[string, ServableVersionPolicy, number[], number[], number[]]>([
    ['latest() of none', latest(), [], [], []],
    ['latest()', latest(), [2, 10, 9], [10], []],
    ['latest(0), which is latest(1)', latest(0), [2, 10, 9], [10], []],
    ['latest(2)', latest(2), [2, 10, 9], [9, 10], []],
    ['latest(5) of three', latest(5), [2, 10, 9], [2, 9, 10], []],
    ['latest() of version 0', latest(), [0], [0], []],
    ['all()', all(), [2, 10, 9, 2], [2, 9, 10], []],
    ['specific()', specific(versions(9, 2)), [2, 10, 9], [2, 9], []],
    ['specific() with missing versions', specific(versions(11, 9, 1)), [2, 10, 9], [9], [1, 11]],
    ['specific() with a version twice', specific(versions(9, 9)), [9], [9], []],
    ['specific() of nothing', specific([]), [2, 10, 9], [], []],
  ])('%s', (_, policy, existing, aspired, missing) => {
    expect(selectVersions(policy, versions(...existing))).toEqual({ aspired, missing });
  });
});

describe('latest', () => {
  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('throws INVALID_ARGUMENT for %d versions', (count) => {
    expect(() => latest(count)).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
  });
});

describe('parseServableVersionPolicy', () => {
  it.each([
    ['latest', latest()],
    ['latest:2', latest(2)],
    ['all', all()],
    ['specific:5, 3', specific([version(3), version(5)])],
  ])('reads %s', (text, policy) => {
    expect(parseServableVersionPolicy(text)).toEqual(policy);
  });

  it.each(['', 'newest', 'all:1', 'latest:x', 'latest:1,2', 'specific', 'specific:', 'specific:1,x', 'specific:-1'])(
    'refuses "%s" and says what is allowed',
    (text) => {
      expect(() => parseServableVersionPolicy(text)).toThrow(`"${text}" is no version policy; one is latest, latest:2`);
    },
  );
});
