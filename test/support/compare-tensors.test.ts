import { type AnyTensor, tensor } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { differenceOf, EXACT, expectTensorsClose } from './compare-tensors.ts';
import { fp32, int64, strings } from './tensors.ts';

const CLOSE = { rtol: 1e-3, atol: 1e-4 };
const SIGNED = { ...EXACT, signedZero: true };
const NAN = Number.NaN;
const INF = Number.POSITIVE_INFINITY;
const one = fp32([1], 1);

describe('differenceOf', () => {
  it.each([
    ['equal numbers', fp32([2], 1, -INF), fp32([2], 1, -INF), EXACT],
    ['NaN and NaN', fp32([1], NAN), fp32([1], NAN), EXACT],
    ['0 and -0', fp32([1], 0), fp32([1], -0), EXACT],
    ['numbers within rtol', fp32([1], 1000.9), fp32([1], 1000), CLOSE],
    ['numbers within atol', fp32([1], 0.00009), fp32([1], 0), CLOSE],
    ['bfloat16 within rtol', bf16(0x3f81), bf16(0x3f80), { rtol: 0.01, atol: 0 }],
    ['strings', strings([1], 'ä'), strings([1], 'ä'), EXACT],
    ['nothing', fp32([0, 2]), fp32([0, 2]), EXACT],
  ])('accepts %s', (_name, actual, expected, tolerance) => {
    expect(differenceOf(actual, expected, tolerance)).toBeUndefined();
  });

  it.each([
    ['a missing tensor', undefined, one, EXACT, 'is missing'],
    ['another dtype', int64([1], 1n), one, EXACT, 'is INT64[1], not FP32[1]'],
    ['another shape', fp32([1, 1], 1), one, EXACT, 'is FP32[1,1], not FP32[1]'],
    ['data that is too short', { ...one, data: new Float32Array() } as AnyTensor, one, EXACT, 'has 0 elements, not 1'],
    ['a number for NaN', one, fp32([1], NAN), CLOSE, 'is 1, not NaN; 1 of 1 differ'],
    ['NaN for a number', fp32([1], NAN), one, CLOSE, 'is NaN, not 1; 1 of 1 differ'],
    ['a number for infinity', one, fp32([1], INF), CLOSE, 'is 1, not Infinity; 1 of 1 differ'],
    ['-0 where signs count', fp32([1], -0), fp32([1], 0), SIGNED, 'is -0, not 0; 1 of 1 differ'],
    ['numbers beyond both tolerances', fp32([1], 1002), fp32([1], 1000), CLOSE, 'largest relative error 0.0020'],
    ['bfloat16 beyond rtol', bf16(0x3f81), bf16(0x3f80), CLOSE, 'BF16[1] at [0] is 1.0078125, not 1;'],
    ['integers, whatever the tolerance', int64([1], 1000n), int64([1], 1001n), CLOSE, 'is 1000, not 1001; 1 of 1'],
    ['strings', strings([2], 'a', 'b'), strings([2], 'a', 'ü'), EXACT, 'at [1] is "b", not "Ã¼"; 1 of 2 differ'],
  ])('names %s', (_name, actual, expected, tolerance, words) => {
    expect(differenceOf(actual, expected, tolerance)).toContain(words);
  });

  it('says where the first of several differences is', () => {
    const actual = fp32([2, 3], 0, 1, 2, 3, 5, 7);

    expect(differenceOf(actual, fp32([2, 3], 0, 1, 2, 3, 4, 5), CLOSE)).toBe(
      'FP32[2,3] at [1,1] is 5, not 4; 2 of 6 differ; largest relative error 0.40, allowed 0.001 (or 0.0001 in all)',
    );
  });
});

describe('expectTensorsClose', () => {
  it('fails a test by the difference', () => {
    expect(() => expectTensorsClose(fp32([1], 2), one, CLOSE)).toThrow('FP32[1] at [0] is 2, not 1');
  });
});

function bf16(...bits: number[]): AnyTensor {
  return tensor('BF16', [bits.length], Uint16Array.from(bits));
}
