import type { DType, NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { scalarLike } from './elementwise.ts';
import { add, both, isAtMost, joined, multiply, pick, subtract } from './index-arithmetic.ts';
import { OUT_OF_RANGE } from './run-time-check.ts';
import { isFloat, throughKernels } from './widening.ts';

/** What ONNX Runtime adds and compares. */
const ARITHMETIC: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];

/** Ops that put elements into copies of tensors. */
export const SCATTERING_OPS: OpTable = {
  ScatterNd: scatterNd,
  ScatterNdNonAliasingAdd: scatterInto('add'),
  TensorScatterUpdate: scatterInto('none'),
  TensorScatterAdd: scatterInto('add'),
  TensorScatterSub: scatterInto('add', true),
  TensorScatterMin: scatterExtremum('min'),
  TensorScatterMax: scatterExtremum('max'),
};

/** indices, updates, shape. */
function scatterNd(op: Op): TensorValue {
  const updates = op.tensor(1);
  const sizes = op.cast(op.tensor(2), 'INT64');
  const shape = op.tensor(2).elements ?? op.outputShapes[0] ?? null;
  return throughSums(op, [updates], ([wide = updates]) => {
    const zeros = op.emit('Expand', [op.scalar(wide.dtype as NumericDType, 0), sizes], { shape }); // no strings here
    return scatter(op, { data: zeros, sizes, indices: op.tensor(0), updates: wide, reduction: 'add' });
  });
}

/** tensor, indices, updates. */
function scatterInto(reduction: 'none' | 'add', isNegated = false): OpHandler {
  return (op) => {
    const [x, indices, updates] = [op.tensor(0), op.tensor(1), op.tensor(2)];
    const sizes = op.shapeOf(x);
    return reduction === 'none'
      ? scatter(op, { data: x, sizes, indices, updates, reduction })
      : throughSums(op, [x, updates], ([data = x, wide = updates]) =>
          scatter(op, { data, sizes, indices, updates: isNegated ? op.unary('Neg', wide) : wide, reduction }),
        );
  };
}

/** tensor, indices, updates. An update that is NaN does not count, an element that is stays. */
function scatterExtremum(reduction: 'min' | 'max'): OpHandler {
  return (op) => {
    const [x, indices, updates] = [op.tensor(0), op.tensor(1), op.tensor(2)];
    const sizes = op.shapeOf(x);
    return throughSingle(op, [x, updates], ([data = x, wide = updates]) => {
      if (!isFloat(data.dtype)) {
        return scatter(op, { data, sizes, indices, updates: wide, reduction });
      }
      const isNan = (value: TensorValue): TensorValue => op.unary('IsNaN', value, { dtype: 'BOOL' });
      const least = scalarLike(op, wide, reduction === 'max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
      const options = { dtype: data.dtype, shape: updates.shape };
      const numbers = op.emit('Where', [isNan(wide), least, wide], options);
      const scattered = scatter(op, { data, sizes, indices, updates: numbers, reduction });
      return op.emit('Where', [isNan(data), data, scattered], { dtype: data.dtype, shape: x.shape });
    });
  };
}

/** As `throughSingle`; sums of unsigned 64-bit numbers are those of the signed ones of the same bits. */
function throughSums(
  op: Op,
  inputs: readonly TensorValue[],
  compute: (inputs: readonly TensorValue[]) => TensorValue,
): TensorValue {
  const dtype = inputs[0]?.dtype ?? 'FP32';
  return dtype === 'UINT64'
    ? op.cast(compute(inputs.map((input) => op.cast(input, 'INT64'))), dtype)
    : throughSingle(op, inputs, compute);
}

/** As `throughKernels`, with FP16 as FP32: ONNX Runtime has a kernel for it that adds nothing. */
function throughSingle(
  op: Op,
  inputs: readonly TensorValue[],
  compute: (inputs: readonly TensorValue[]) => TensorValue,
): TensorValue {
  return inputs[0]?.dtype === 'FP16'
    ? op.cast(compute(inputs.map((input) => op.cast(input, 'FP32'))), 'FP16')
    : throughKernels(op, ARITHMETIC, inputs, compute);
}

interface Scattering {
  readonly data: TensorValue;
  readonly sizes: TensorValue;
  readonly indices: TensorValue;
  readonly updates: TensorValue;
  /** How elements that meet in one place are put together; 'none': the last one stays. */
  readonly reduction: 'none' | 'add' | 'min' | 'max';
}

/**
 * data: [...sizes], indices: [..., depth], updates: [..., rest]. As rows [places, rest] that a ScatterElements goes
 * through in order: ONNX Runtime's ScatterND runs in several threads, and loses what meets in one place.
 */
function scatter(op: Op, { data, sizes, indices, updates, reduction }: Scattering): TensorValue {
  const rank = op.rank(data);
  const depth = rank - (op.rank(updates) - (op.rank(indices) - 1));
  if (depth < 1 || depth > rank) {
    return op.refuse(`indices of depth ${depth} into rank ${rank} are not supported`);
  }
  const product = (vector: TensorValue): TensorValue =>
    op.emit('ReduceProd', [vector], { attributes: { keepdims: 1 }, shape: [1] });
  const outer = part(op, sizes, 0, depth);
  const rest = depth === rank ? op.int64s([1]) : product(part(op, sizes, depth, rank));
  const rows = linearIndices(op, indices, outer, depth);
  const count = op.emit('Shape', [rows], { dtype: 'INT64', shape: [1] });
  const reshaped = (x: TensorValue, first: TensorValue): TensorValue =>
    op.emit('Reshape', [x, joined(op, [first, rest])], { attributes: { allowzero: 1 }, shape: [null, null] });
  const places = op.emit('Expand', [unsqueeze(op, rows, [1]), joined(op, [count, rest])], { shape: [null, null] });
  const inputs = [reshaped(data, product(outer)), places, reshaped(updates, count)];
  const scattered = op.emit('ScatterElements', inputs, { attributes: { axis: 0, reduction }, shape: [null, null] });
  return op.emit('Reshape', [scattered, sizes], { attributes: { allowzero: 1 }, shape: data.shape });
}

/** Of every row of indices the place among all rows; OUT_OF_RANGE when one of its entries is. */
function linearIndices(op: Op, indices: TensorValue, outer: TensorValue, depth: number): TensorValue {
  const columns = Array.from({ length: depth }, (_, column) => {
    const one = op.emit('Gather', [op.cast(indices, 'INT64'), op.scalar('INT64', column)], {
      attributes: { axis: -1 },
    });
    return op.emit('Reshape', [one, op.int64s([-1])], { shape: [null] });
  });
  const size = (column: number): TensorValue => part(op, outer, column, column + 1);
  const isInside = columns
    .map((column, index) => both(op, isAtMost(op, 0, column), isAtMost(op, column, subtract(op, size(index), 1))))
    .reduce((all, one) => both(op, all, one));
  const linear = columns.reduce((sum, column, index) => add(op, multiply(op, sum, size(index)), column));
  return pick(op, isInside, linear, OUT_OF_RANGE);
}

function part(op: Op, vector: TensorValue, start: number, end: number): TensorValue {
  const known = vector.elements?.slice(start, end);
  return known?.every((one) => one !== null)
    ? op.int64s(known)
    : op.emit('Slice', [vector, op.int64s([start]), op.int64s([end])], { shape: [end - start] });
}
