import type { DType, NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { filled } from './array.ts';
import { valueIf } from './run-time-check.ts';
import { boundedIds, concatenated, reducedRows, slicedVector } from './segment-rows.ts';
import { upTo } from './sequence.ts';

/** Histograms: how often each number is there, or what those elements weigh. */
export const COUNTING_OPS: OpTable = {
  Bincount: (op) => vectorCounts(op, flat(op, op.tensor(0)), op.tensor(2), false),
  DenseBincount: denseBincount,
  RaggedBincount: raggedBincount,
  SparseBincount: sparseBincount,
  HistogramFixedWidth: histogram,
};

function isBinary(op: Op): boolean {
  return op.attributes.bool('binary_output', false);
}

function flat(op: Op, x: TensorValue): TensorValue {
  return x.shape?.length === 1 ? x : op.reshape(x, [-1]);
}

/** input: [n] or [rows, n], size, weights like input, or none at all. */
function denseBincount(op: Op): TensorValue {
  const x = op.tensor(0);
  if (op.rank(x) === 1) {
    return vectorCounts(op, x, op.tensor(2), isBinary(op));
  }
  const sizes = op.shapeOf(x);
  const rows = slicedVector(op, sizes, 0, 1);
  const row = op.reshape(upTo(op, op.reshape(rows, [])), [-1, 1]);
  const rowOf = op.reshape(op.emit('Expand', [row, sizes], { shape: [null, null] }), [-1]);
  return rowCounts(op, { values: flat(op, x), rowOf, rows, weights: op.tensor(2) });
}

/** splits, values: [n], size, weights. */
function raggedBincount(op: Op): TensorValue {
  const [splits, values] = [op.cast(op.tensor(0), 'INT64'), op.tensor(1)];
  const sizes = op.shapeOf(splits);
  const rows = op.emit('Sub', [sizes, op.int64s([1])], { shape: [1] });
  const ends = op.emit('Slice', [splits, op.int64s([1]), op.int64s([2 ** 31])], { shape: [null] });
  const place = op.reshape(upTo(op, op.reshape(op.shapeOf(values), [])), [-1, 1]);
  const isPast = op.cast(op.binary('GreaterOrEqual', place, ends, { dtype: 'BOOL' }), 'INT64');
  const rowOf = op.emit('ReduceSum', [isPast, op.int64s([1])], { attributes: { keepdims: 0 }, shape: [null] });
  return rowCounts(op, { values, rowOf, rows, weights: op.tensor(3) });
}

/** indices: [n, 1] or [n, 2], values: [n], dense_shape, size, weights. */
function sparseBincount(op: Op): TensorValue {
  const [indices, values, shape] = [op.tensor(0), op.tensor(1), op.tensor(2)];
  const rank = shape.shape?.[0] ?? op.refuse('the rank of the sparse tensor is unknown');
  if (rank === 1) {
    return vectorCounts(op, values, op.tensor(4), isBinary(op), op.tensor(3));
  }
  const rowOf = op.reshape(op.emit('Gather', [indices, op.int64s([0])], { attributes: { axis: 1 } }), [-1]);
  const rows = slicedVector(op, op.cast(shape, 'INT64'), 0, 1);
  return rowCounts(op, { values, rowOf: boundedIds(op, rowOf, rows), rows, weights: op.tensor(4), size: op.tensor(3) });
}

function vectorCounts(
  op: Op,
  values: TensorValue,
  weights: TensorValue,
  binary: boolean,
  given: TensorValue = op.tensor(1),
): TensorValue {
  const count = sizeOf(op, given);
  const ids = boundedIds(op, op.cast(values, 'INT64'), count, { large: true });
  return summed(op, weightsFor(op, ids, weights, binary), ids, count, binary);
}

interface Rows {
  readonly values: TensorValue;
  /** Of each value: INT64. */
  readonly rowOf: TensorValue;
  /** INT64 [1]. */
  readonly rows: TensorValue;
  readonly weights: TensorValue;
  readonly size?: TensorValue;
}

/** [rows, size]. */
function rowCounts(op: Op, { values, rowOf, rows, weights, size: given }: Rows): TensorValue {
  const binary = isBinary(op);
  const size = sizeOf(op, given ?? op.tensor(op.node.op === 'RaggedBincount' ? 2 : 1));
  const bin = boundedIds(op, op.cast(values, 'INT64'), size, { large: true });
  // Each row has one bin more, for what is too large.
  const width = op.emit('Add', [size, op.int64s([1])], { shape: [1] });
  const ids = op.emit('Add', [op.emit('Mul', [rowOf, width], { shape: [null] }), bin], { shape: [null] });
  const count = op.emit('Mul', [rows, width], { shape: [1] });
  const counts = summed(op, weightsFor(op, ids, weights, binary), ids, count, binary);
  const table = op.emit('Reshape', [counts, concatenated(op, [rows, width])], {
    attributes: { allowzero: 1 },
    shape: [null, null],
  });
  return op.emit('Slice', [table, op.int64s([0]), size, op.int64s([1])], { shape: [null, null] });
}

function sizeOf(op: Op, given: TensorValue): TensorValue {
  const size = op.reshape(op.cast(given, 'INT64'), [1]);
  const isPossible = op.binary('GreaterOrEqual', size, op.int64s([0]), { dtype: 'BOOL' });
  return valueIf(op, isPossible, 'size must not be negative', size);
}

/** One weight per id: the given ones, or 1 where none are given. */
function weightsFor(op: Op, ids: TensorValue, given: TensorValue, binary: boolean): TensorValue {
  const dtype = given.dtype as NumericDType; // strings never come to a graph
  const one = op.scalar(dtype, 1);
  if (binary || given.shape?.includes(0)) {
    return { ...filled(op, one, op.shapeOf(ids)), shape: [null] };
  }
  const isNone = op.binary('Equal', op.emit('Size', [given], { dtype: 'INT64', shape: [] }), op.scalar('INT64', 0), {
    dtype: 'BOOL',
  });
  const missing = op.emit('Mul', [op.shapeOf(ids), op.cast(isNone, 'INT64')], { shape: [1] });
  return op.emit('Concat', [flat(op, given), filled(op, one, missing)], { attributes: { axis: 0 }, shape: [null] });
}

function summed(op: Op, weights: TensorValue, ids: TensorValue, count: TensorValue, binary: boolean): TensorValue {
  const dtype = weights.dtype as NumericDType; // as above
  return reducedRows(op, weights, { ids, count }, binary ? 'max' : 'add', op.scalar(dtype, 0));
}

/** values, value_range: [2], nbins. What is outside of the range counts to its ends. */
function histogram(op: Op): TensorValue {
  const values = flat(op, op.tensor(0));
  const dtype: DType = values.dtype;
  const end = (at: number): TensorValue =>
    op.emit('Gather', [op.tensor(1), op.scalar('INT64', at)], { attributes: { axis: 0 }, dtype, shape: [] });
  const [low, high] = [end(0), end(1)];
  const isRange = op.binary('Less', low, high, { dtype: 'BOOL' });
  const bins = sizeOf(op, op.tensor(2));
  const hasBins = op.binary('Greater', bins, op.int64s([0]), { dtype: 'BOOL' });
  const count = valueIf(op, op.binary('And', isRange, hasBins), 'value_range or nbins is not possible', bins);
  const span = op.cast(op.binary('Sub', high, low), 'FP64');
  const step = op.binary('Div', span, op.cast(count, 'FP64'));
  const isNumber = op.binary('Equal', values, values, { dtype: 'BOOL' });
  const numbers = valueIf(op, isNumber, 'values must not contain NaN', values);
  const above = op.binary('Sub', op.emit('Max', [numbers, low], { shape: [null] }), low);
  const place = op.binary('Div', op.cast(above, 'FP64'), step);
  const last = op.cast(op.binary('Sub', count, op.int64s([1])), 'FP64');
  const ids = op.cast(op.emit('Min', [place, last], { shape: [null] }), 'INT64');
  const ones = { ...filled(op, op.scalar('INT64', 1), op.shapeOf(ids)), shape: [null] };
  const counts = reducedRows(op, ones, { ids, count }, 'add', op.scalar('INT64', 0));
  return op.cast(counts, op.attributes.type('dtype', 'INT32'));
}
