import { type AnyTensor, bfloat16Bits, tensor } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addPadding, isPaddable, maxDimSizes } from '../../../gpu-backend/src/model/variable-length.ts';
import { fp32, int64, strings } from '../../support/tensors.ts';

describe('isPaddable', () => {
  it.each<[boolean, AnyTensor]>([
    [true, fp32([1, 2], 1, 2)],
    [true, fp32([1, 1, 1, 1, 1, 1], 1)],
    [false, fp32([1, 1, 1, 1, 1, 1, 1], 1)],
    [false, fp32([2], 1, 2)],
    [false, fp32([1, 0])],
    [false, fp32([0, 3])],
  ])('is %s for %j', (expected, input) => {
    expect(isPaddable(input)).toBe(expected);
  });
});

describe('maxDimSizes', () => {
  it('is the largest of each dimension after the first', () => {
    expect(maxDimSizes([fp32([9, 1, 4], ...Array(36).fill(0)), fp32([1, 3, 2], ...Array(6).fill(0))])).toEqual([3, 4]);
  });
});

describe('addPadding', () => {
  it('pads at the end of each dimension with the first element', () => {
    expect(addPadding(fp32([2, 1, 2], 1, 2, 3, 4), [2, 3], undefined)).toEqual(
      fp32([2, 2, 3], 1, 2, 1, 1, 1, 1, 3, 4, 1, 1, 1, 1),
    );
  });

  it.each<[AnyTensor, AnyTensor]>([
    [fp32([1, 1], 5), fp32([1, 2], 5, -1.5)],
    [int64([1, 1], 5n), int64([1, 2], 5n, -1n)],
    [tensor('BF16', [1, 1], Uint16Array.of(0)), tensor('BF16', [1, 2], Uint16Array.of(0, bfloat16Bits(-1.5)))],
    [tensor('BOOL', [1, 1], Uint8Array.of(0)), tensor('BOOL', [1, 2], Uint8Array.of(0, 1))],
    [strings([1, 1], 'a'), strings([1, 2], 'a', 'a')],
  ])('pads $0.dtype with the value that was chosen', (input, expected) => {
    expect(addPadding(input, [2], -1.5)).toEqual(expected);
  });

  it('leaves a tensor that is large enough as it is', () => {
    const input = fp32([1, 2], 1, 2);
    expect(addPadding(input, [2], 0)).toBe(input);
  });

  it('keeps every element at its place, for any shape', () => {
    const shapes = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), shapes, (rows, dims) => {
        const small = [rows, ...dims.map(([size]) => size)];
        const large = [rows, ...dims.map(([size, more]) => size + more)];
        const count = small.reduce((product, size) => product * size, 1);
        const input = fp32(small, ...Array.from({ length: count }, (_, index) => index + 1));
        const padded = addPadding(input, large.slice(1), 0);
        const kept = Array.from(padded.data as Float32Array).filter((value) => value !== 0);
        expect(padded.shape).toEqual(large);
        expect(kept).toEqual(Array.from(input.data as Float32Array));
        expect(
          padded.data[
            placeOf(
              large,
              small.map((size) => size - 1),
            )
          ],
        ).toBe(count);
      }),
    );
  });
});

function placeOf(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((place, size, axis) => place * size + (index[axis] ?? 0), 0);
}
