import type { AnyTensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { compareOutputs } from '../../../scripts/src/verification/compare-outputs.ts';
import { fp32, int64, named, strings } from '../../support/tensors.ts';

const TOLERANCE = () => ({ rtol: 1e-3, atol: 1e-6 });

function compare(actual: AnyTensor, expected: AnyTensor) {
  const [only] = compareOutputs(named({ y: actual }), named({ y: expected }), TOLERANCE);
  return only;
}

describe('compareOutputs', () => {
  it.each([
    ['equal numbers', fp32([2], 1, 0), fp32([2], 1, 0), 0, 0, 0],
    ['numbers within the tolerance', fp32([2], 1, 2), fp32([2], 1, 2.001), 0, 0.001, 0.0005],
    ['numbers outside', fp32([2], 1, 3), fp32([2], 1, 2), 1, 1, 0.5],
    ['a zero that is nearly one', fp32([1], 5e-7), fp32([1], 0), 0, 5e-7, 0],
    ['both NaN', fp32([1], Number.NaN), fp32([1], Number.NaN), 0, 0, 0],
    ['both infinite', fp32([1], Infinity), fp32([1], Infinity), 0, 0, 0],
    ['NaN for a number', fp32([1], Number.NaN), fp32([1], 1), 1, Infinity, Infinity],
    ['a number for NaN', fp32([1], 1), fp32([1], Number.NaN), 1, Infinity, Infinity],
    ['another infinity', fp32([1], -Infinity), fp32([1], Infinity), 1, Infinity, Infinity],
    ['integers that doubles take for equal', int64([1], 2n ** 60n), int64([1], 2n ** 60n + 1n), 1, 1, 2 ** -60],
  ])('compares %s', (_, actual, expected, differing, maxAbsolute, maxRelative) => {
    const found = compare(actual, expected);
    expect(found).toMatchObject({ differing, elements: expected.data.length });
    expect(found?.maxAbsolute).toBeCloseTo(maxAbsolute, 6);
    expect(found?.maxRelative).toBeCloseTo(maxRelative, 6);
    expect(found?.problem === null).toBe(differing === 0);
  });

  it('says where the first difference is', () => {
    expect(compare(fp32([2, 2], 1, 2, 9, 8), fp32([2, 2], 1, 2, 3, 4))?.problem).toBe('9, not 3, at [1,0]');
    expect(compare(strings([2], 'a', 'B'), strings([2], 'a', 'b'))).toMatchObject({
      differing: 1,
      maxAbsolute: null,
      problem: '"B", not "b", at [1]',
    });
  });

  it('takes another shape or dtype for different throughout', () => {
    expect(compare(fp32([2], 1, 2), fp32([2, 1], 1, 2))).toMatchObject({ differing: 2, problem: 'is FP32[2]' });
    expect(compare(fp32([1], 1), int64([1], 1n))).toMatchObject({ type: 'INT64[1]', problem: 'is FP32[1]' });
  });

  it('misses outputs that only one side has', () => {
    const found = compareOutputs(named({ a: fp32([], 1) }), named({ b: fp32([], 1) }), TOLERANCE);
    expect(found.map(({ output, problem }) => [output, problem])).toEqual([
      ['a', 'only the converted model has it'],
      ['b', 'only TensorFlow has it'],
    ]);
  });
});
