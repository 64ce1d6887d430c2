import { type AnyTensor, tensor } from '@tensorfleet/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { transposed } from '../../../../gpu-backend/src/engine/conversion/transposed.ts';

/** Element by element. */
function reference({ shape, data }: AnyTensor, order: readonly number[]): number[] {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const result: number[] = [];
  const visit = (axis: number, offset: number): void => {
    const from = order[axis];
    if (from === undefined) {
      result.push(Number(data[offset]));
      return;
    }
    for (let index = 0; index < shape[from]!; index++) {
      visit(axis + 1, offset + index * steps[from]!);
    }
  };
  visit(0, 0);
  return result;
}

function counting(shape: readonly number[]): AnyTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    'INT32',
    shape,
    Int32Array.from({ length: count }, (_, index) => index),
  );
}

const CASE = fc
  .array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })));

it('transposed has every element where it belongs, in any shape and order', () => {
  fc.assert(
    fc.property(CASE, ([shape, order]) => {
      const input = counting(shape);
      const output = transposed(input, order);
      expect(output.shape).toEqual(order.map((axis) => shape[axis]));
      expect(Array.from(output.data, Number)).toEqual(reference(input, order));
    }),
    { numRuns: 500 },
  );
});

it.each([
  [
    [3, 3, 40, 70],
    [3, 2, 0, 1],
  ],
  [
    [1, 1, 70, 40],
    [3, 2, 0, 1],
  ],
  [
    [33, 65],
    [1, 0],
  ],
  [
    [5, 64, 3],
    [1, 0, 2],
  ],
])('transposed of %j in the order %j goes over the edges of its tiles', (shape, order) => {
  const input = counting(shape);
  expect(Array.from(transposed(input, order).data, Number)).toEqual(reference(input, order));
});
