import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { isAtMost, sizeAlong } from './index-arithmetic.ts';
import { PADDED } from './joining.ts';
import { valueIf } from './run-time-check.ts';
import { throughKernels } from './widening.ts';
import { isChannelsFirst } from './windows.ts';

/** Ops that move blocks of pictures to batches or channels and back. */
export const BLOCK_OPS: OpTable = {
  SpaceToBatchND: (op) => spaceToBatch(op, op.elements(1)),
  SpaceToBatch: (op) => spaceToBatch(op, twice(op.attributes.int('block_size'))),
  BatchToSpaceND: (op) => batchToSpace(op, op.elements(1)),
  BatchToSpace: (op) => batchToSpace(op, twice(op.attributes.int('block_size'))),
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};

function twice(size: number): readonly number[] {
  return [size, size];
}

/** The last input: [blocks, 2], what to add before and after, or to cut. */
function pairs(op: Op): TensorValue {
  return op.cast(op.tensor(op.inputs.length - 1), 'INT64');
}

/** A column of `pairs` as a vector. */
function column(op: Op, index: number): TensorValue {
  const last = op.tensor(op.inputs.length - 1);
  const known = last.elements?.filter((_, position) => position % 2 === index);
  if (known?.every((one) => one !== null)) {
    return op.int64s(known);
  }
  return op.emit('Gather', [pairs(op), op.scalar('INT64', index)], { attributes: { axis: 1 } });
}

/** [n, ...sizes, rest] -> padded -> [n, size/b, b, ..., rest] -> [b..., n, size/b..., rest] -> [b*n, size/b..., rest]. */
function spaceToBatch(op: Op, blocks: readonly number[]): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const count = blocks.length;
  const zeros = (length: number): TensorValue => op.int64s(new Array<number>(length).fill(0));
  const rest = zeros(rank - 1 - count);
  const pads = concat(op, [zeros(1), column(op, 0), rest, zeros(1), column(op, 1), rest]);
  const padded = throughKernels(op, PADDED, [x], ([wide = x]) => op.emit('Pad', [wide, pads]));
  const shape = op.emit('Shape', [padded], { dtype: 'INT64', shape: [rank] });
  const cells = op.emit('Div', [part(op, shape, 1, 1 + count), op.int64s(blocks)], { shape: [count] });
  const split = blocks.flatMap((block, index) => [part(op, cells, index, index + 1), op.int64s([block])]);
  const tail = part(op, shape, 1 + count, rank);
  const batch = part(op, shape, 0, 1);
  const cut = reshape(op, padded, concat(op, [batch, ...split, tail]));
  const axes = blocks.map((_, index) => 2 + 2 * index);
  const order = [...axes, 0, ...axes.map((axis) => axis - 1), ...after(1 + 2 * count, rank + count)];
  const area = op.int64s([blocks.reduce((product, block) => product * block, 1)]);
  const wanted = concat(op, [op.emit('Mul', [batch, area], { shape: [1] }), cells, tail]);
  const moved = reshape(op, op.transpose(cut, order), wanted);
  return ifPositive(op, moved);
}

/** [b*n, ...sizes, rest] -> [b..., n, sizes, rest] -> [n, size, b, ..., rest] -> [n, size*b..., rest] -> cropped. */
function batchToSpace(op: Op, blocks: readonly number[]): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const count = blocks.length;
  const shape = op.shapeOf(x);
  const area = op.int64s([blocks.reduce((product, block) => product * block, 1)]);
  const batch = op.emit('Div', [part(op, shape, 0, 1), area], { shape: [1] });
  const cells = part(op, shape, 1, 1 + count);
  const tail = part(op, shape, 1 + count, rank);
  const split = reshape(op, x, concat(op, [op.int64s(blocks), batch, cells, tail]));
  const order = [
    count,
    ...blocks.flatMap((_, index) => [count + 1 + index, index]),
    ...after(1 + 2 * count, rank + count),
  ];
  const sizes = op.emit('Mul', [cells, op.int64s(blocks)], { shape: [count] });
  const joined = reshape(op, op.transpose(split, order), concat(op, [batch, sizes, tail]));
  const ends = op.emit('Sub', [sizes, column(op, 1)], { shape: [count] });
  const cropped = op.emit('Slice', [joined, column(op, 0), ends, op.int64s(after(1, 1 + count))]);
  return ifPositive(op, valueIf(op, isAtMost(op, column(op, 0), ends), 'cropped_shape must be non-negative', cropped));
}

/** `value` when no entry of the pairs is negative. */
function ifPositive(op: Op, value: TensorValue): TensorValue {
  const known = op.tensor(op.inputs.length - 1).elements;
  if (known?.every((one) => one !== null && one >= 0)) {
    return value;
  }
  return valueIf(op, isAtMost(op, 0, pairs(op)), 'paddings and crops must be non-negative', value);
}

function after(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

function part(op: Op, vector: TensorValue, start: number, end: number): TensorValue {
  const known = vector.elements?.slice(start, end);
  return known?.every((one) => one !== null)
    ? op.int64s(known)
    : op.emit('Slice', [vector, op.int64s([start]), op.int64s([end])], { shape: [end - start] });
}

function concat(op: Op, vectors: readonly TensorValue[]): TensorValue {
  return op.emit('Concat', vectors, { attributes: { axis: 0 }, dtype: 'INT64' });
}

function reshape(op: Op, x: TensorValue, shape: TensorValue): TensorValue {
  return op.emit('Reshape', [x, shape], { attributes: { allowzero: 1 } });
}

/** [n, h, w, b*b*c] -> [n, h, b, w, b, c] -> [n, h*b, w*b, c]; channels first in the format NCHW. */
function depthToSpace(op: Op): TensorValue {
  const x = channelsLast(op);
  const block = op.attributes.int('block_size');
  const [n, h, w, depth] = fourSizes(op, x);
  const b = op.int64s([block]);
  const c = op.binary('Div', depth, op.int64s([block * block]));
  const cells = op.transpose(reshape(op, x, concat(op, [n, h, w, b, b, c])), [0, 1, 3, 2, 4, 5]);
  return formatted(op, reshape(op, cells, concat(op, [n, op.binary('Mul', h, b), op.binary('Mul', w, b), c])));
}

/** [n, h*b, w*b, c] -> [n, h, w, b, b, c] -> [n, h, w, b*b*c]; channels first in the format NCHW. */
function spaceToDepth(op: Op): TensorValue {
  const x = channelsLast(op);
  const block = op.attributes.int('block_size');
  const [n, height, width, c] = fourSizes(op, x);
  const b = op.int64s([block]);
  const [h, w] = [op.binary('Div', height, b), op.binary('Div', width, b)];
  const cells = op.transpose(reshape(op, x, concat(op, [n, h, b, w, b, c])), [0, 1, 3, 2, 4, 5]);
  return formatted(op, reshape(op, cells, concat(op, [n, h, w, op.binary('Mul', c, op.int64s([block * block]))])));
}

function fourSizes(op: Op, x: TensorValue): readonly [TensorValue, TensorValue, TensorValue, TensorValue] {
  const size = (axis: number): TensorValue => sizeAlong(op, x, axis);
  return [size(0), size(1), size(2), size(3)];
}

function channelsLast(op: Op): TensorValue {
  const x = op.tensor(0);
  return isChannelsFirst(op) ? op.transpose(x, [0, 2, 3, 1]) : x;
}

function formatted(op: Op, y: TensorValue): TensorValue {
  return isChannelsFirst(op) ? op.transpose(y, [0, 3, 1, 2]) : y;
}
