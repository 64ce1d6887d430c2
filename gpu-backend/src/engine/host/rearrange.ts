// biome-ignore-all lint/style/noNonNullAssertion: axes are checked against the shape that they index
import { type AnyTensor, allocate, formatShape, invalidArgument, type Tensor } from '@tensorfleet/core';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { checkRank, inputAt, integerListAt, integersOf } from './inputs.ts';
import { broadcastIndices, resolveAxis, stridedIndices, stridesOf } from './strides.ts';

/** Ops that put elements in another order, repeat them or surround them. */

export const transpose: HostOp = () => (inputs) => {
  const input = inputAt(inputs, 0);
  const axes = integerListAt(inputs, 1, 'perm');
  const rank = input.shape.length;
  const order = axes.map((axis) => resolveAxis(axis, rank));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw invalidArgument(`perm ${formatShape(axes)} is no permutation of the ${rank} dimensions`);
  }
  const strides = stridesOf(input.shape);
  const shape = order.map((axis) => input.shape[axis]!);
  const indices = stridedIndices(
    shape,
    order.map((axis) => strides[axis]!),
  );
  return [takeElements(input, indices, shape)];
};

export const reverse: HostOp = () => (inputs) => {
  const input = inputAt(inputs, 0);
  const axes = integerListAt(inputs, 1, 'axis').map((axis) => resolveAxis(axis, input.shape.length));
  if (new Set(axes).size !== axes.length) {
    throw invalidArgument('an axis is specified more than once');
  }
  const strides = stridesOf(input.shape);
  const last = axes.reduce((sum, axis) => sum + strides[axis]! * (input.shape[axis]! - 1), 0);
  const signed = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
  return [takeElements(input, stridedIndices(input.shape, signed, last), input.shape)];
};

export const broadcastTo: HostOp = () => (inputs) => {
  const input = inputAt(inputs, 0);
  const shape = integerListAt(inputs, 1, 'shape');
  const added = shape.length - input.shape.length;
  const fits = input.shape.every((size, axis) => size === shape[axis + added] || size === 1);
  if (added < 0 || !fits) {
    throw invalidArgument(`Unable to broadcast tensor of shape ${formatShape(input.shape)} to ${formatShape(shape)}`);
  }
  return [takeElements(input, broadcastIndices(input.shape, shape), shape)];
};

export const tile: HostOp = () => (inputs) => {
  const input = inputAt(inputs, 0);
  const multiples = integerListAt(inputs, 1, 'multiples');
  const rank = input.shape.length;
  if (multiples.length !== rank || multiples.some((count) => count < 0)) {
    throw invalidArgument(`Expected ${rank} multiples that are not negative, got ${formatShape(multiples)}`);
  }
  const strides = stridesOf(input.shape);
  const indices = stridedIndices(
    input.shape.flatMap((size, axis) => [multiples[axis]!, size]),
    strides.flatMap((stride) => [0, stride]),
  );
  return [
    takeElements(
      input,
      indices,
      input.shape.map((size, axis) => size * multiples[axis]!),
    ),
  ];
};

/** Inputs: input, paddings. */
export const pad: HostOp = () => (inputs) => {
  const { dtype } = inputAt(inputs, 0);
  const zero = { dtype, shape: [], data: allocate(dtype, 1) } as unknown as AnyTensor; // of the same dtype
  return [padded(inputs, zero)];
};

/** Inputs: input, paddings, constant value. */
export const padV2: HostOp = () => (inputs) => {
  checkRank(inputAt(inputs, 2), 0, 'constant_values');
  return [padded(inputs, inputAt(inputs, 2))];
};

function padded(inputs: readonly AnyTensor[], value: AnyTensor): AnyTensor {
  const input = inputAt(inputs, 0);
  const paddings: Tensor | AnyTensor = inputAt(inputs, 1);
  const widths = integersOf(inputAt(inputs, 1));
  const rank = input.shape.length;
  if (formatShape(paddings.shape) !== formatShape([rank, 2]) || widths.some((width) => width < 0)) {
    throw invalidArgument(`paddings must be a matrix of ${rank} rows and 2 columns without negative numbers`);
  }
  const shape = input.shape.map((size, axis) => widths[2 * axis]! + size + widths[2 * axis + 1]!);
  const strides = stridesOf(shape);
  const offset = strides.reduce((sum, stride, axis) => sum + stride * widths[2 * axis]!, 0);
  const indices = stridedIndices(shape, new Array<number>(rank).fill(0)).fill(-1);
  for (const [from, to] of stridedIndices(input.shape, strides, offset).entries()) {
    indices[to] = from;
  }
  return takeElements(input, indices, shape, value);
}
