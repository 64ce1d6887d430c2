import type { NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { choose } from './comparison.ts';
import { scalarLike } from './elementwise.ts';
import { guardedIndices } from './gathering.ts';
import { valueIf } from './run-time-check.ts';
import {
  boundedIds,
  concatenated,
  extremeOf,
  type Reduction,
  reducedRows,
  rowsPerSegment,
  type Segments,
  slicedVector,
  valueIfSame,
} from './segment-rows.ts';
import { isFloat, throughKernels } from './widening.ts';

/** Ops that reduce rows which belong together. */
export const SEGMENT_OPS: OpTable = {
  SegmentSum: sorted((op, x, segments) => total(op, x, segments)),
  SegmentMean: sorted(mean),
  SegmentProd: sorted((op, x, segments) => reducedRows(op, x, segments, 'mul', scalarLike(op, x, 1))),
  SegmentMax: sorted((op, x, segments) => zeroWhereEmpty(op, segments, extreme(op, x, segments, 'max'))),
  SegmentMin: sorted((op, x, segments) => zeroWhereEmpty(op, segments, extreme(op, x, segments, 'min'))),
  UnsortedSegmentSum: unsorted((op, x, segments) => total(op, x, segments)),
  UnsortedSegmentProd: unsorted((op, x, segments) => reducedRows(op, x, segments, 'mul', scalarLike(op, x, 1))),
  UnsortedSegmentMax: unsorted((op, x, segments) => extreme(op, x, segments, 'max')),
  UnsortedSegmentMin: unsorted((op, x, segments) => extreme(op, x, segments, 'min')),
  SparseSegmentSum: gathered(total),
  SparseSegmentSumWithNumSegments: gathered(total),
  SparseSegmentMean: gathered(mean),
  SparseSegmentMeanWithNumSegments: gathered(mean),
  SparseSegmentSqrtN: gathered(meanByRoot),
  SparseSegmentSqrtNWithNumSegments: gathered(meanByRoot),
  SparseTensorDenseMatMul: sparseProduct,
};

type Reduce = (op: Op, x: TensorValue, segments: Segments) => TensorValue;

/** data: [n, ...], segment_ids: [n], none below the one before; as many segments as the last id says. */
function sorted(reduce: Reduce): OpHandler {
  return (op) => {
    const ids = sortedIds(op, op.tensor(1));
    return reduce(op, rowsFor(op, op.tensor(0), ids), { ids: guardedIndices(op, ids), count: countOf(op, ids) });
  };
}

/** data: [...s, ...], segment_ids: [...s], num_segments. Rows of negative ids are left out. */
function unsorted(reduce: Reduce): OpHandler {
  return (op) => {
    const [x, given] = [op.tensor(0), op.tensor(1)];
    const [rank, wanted] = [op.rank(given), op.rank(x)];
    const sizes = op.shapeOf(x);
    const message = 'data.shape does not start with segment_ids.shape';
    const checked = valueIfSame(op, slicedVector(op, sizes, 0, rank), op.shapeOf(given), message, given);
    const flat = op.reshape(op.cast(checked, 'INT64'), [-1]);
    const count = segmentCount(op, op.tensor(2));
    const rowSizes = concatenated(op, [op.shapeOf(flat), slicedVector(op, sizes, rank, wanted)]);
    const rows = op.emit('Reshape', [x, rowSizes], {
      attributes: { allowzero: 1 },
      shape: [null, ...(x.shape?.slice(rank) ?? [])],
    });
    return reduce(op, rank === 1 ? x : rows, { ids: boundedIds(op, flat, count, { negative: true }), count });
  };
}

/** data, indices: [n], segment_ids: [n], and num_segments for some. */
function gathered(reduce: Reduce): OpHandler {
  return (op) => {
    const [x, indices] = [op.tensor(0), op.tensor(1)];
    const shape = x.shape === null ? null : [indices.shape?.[0] ?? null, ...x.shape.slice(1)];
    const rows = op.emit('Gather', [x, guardedIndices(op, indices)], { attributes: { axis: 0 }, shape });
    const ids = sortedIds(op, op.tensor(2));
    const given = op.inputs.length > 3 ? segmentCount(op, op.tensor(3)) : undefined;
    const count = given ?? countOf(op, ids);
    return reduce(op, rowsFor(op, rows, ids), {
      ids: given ? boundedIds(op, ids, count) : guardedIndices(op, ids),
      count,
    });
  };
}

function segmentCount(op: Op, given: TensorValue): TensorValue {
  const count = op.reshape(op.cast(given, 'INT64'), [1]);
  const known = given.elements?.[0];
  if (typeof known === 'number') {
    return known < 0 ? op.refuse(`num_segments is ${known}`) : op.int64s([known]);
  }
  const isPossible = op.binary('GreaterOrEqual', count, op.int64s([0]), { dtype: 'BOOL' });
  return valueIf(op, isPossible, 'num_segments must not be negative', count);
}

/** INT64 ids that never fall. */
function sortedIds(op: Op, given: TensorValue): TensorValue {
  if (op.rank(given) !== 1) {
    return op.refuse('segment_ids is no vector');
  }
  const ids = op.cast(given, 'INT64');
  const end = op.int64s([2 ** 31]);
  const later = op.emit('Slice', [ids, op.int64s([1]), end], { shape: [null] });
  const earlier = op.emit('Slice', [ids, op.int64s([0]), op.int64s([-1])], { shape: [null] });
  const rises = op.binary('GreaterOrEqual', later, earlier, { dtype: 'BOOL' });
  return valueIf(op, rises, 'segment ids are not increasing', ids);
}

/** One more than the last id: [1]. */
function countOf(op: Op, ids: TensorValue): TensorValue {
  const last = op.emit('ReduceMax', [concatenated(op, [op.int64s([-1]), ids]), op.int64s([0])], {
    attributes: { keepdims: 1 },
    shape: [1],
  });
  return op.emit('Add', [last, op.int64s([1])], { shape: [1] });
}

/** `x`, one row for each id. */
function rowsFor(op: Op, x: TensorValue, ids: TensorValue): TensorValue {
  const rows = slicedVector(op, op.shapeOf(x), 0, 1);
  return valueIfSame(op, rows, op.shapeOf(ids), 'segment_ids should be the same size as dimension 0 of input', x);
}

function total(op: Op, x: TensorValue, segments: Segments): TensorValue {
  return reducedRows(op, x, segments, 'add', scalarLike(op, x, 0));
}

/** 0 for segments without rows. */
function mean(op: Op, x: TensorValue, segments: Segments): TensorValue {
  const sum = total(op, x, segments);
  const rows = op.emit('Max', [rowsPerSegment(op, segments), op.int64s([1])]);
  return dividedRows(op, sum, rows, (count) => count);
}

function meanByRoot(op: Op, x: TensorValue, segments: Segments): TensorValue {
  const sum = total(op, x, segments);
  const rows = op.emit('Max', [rowsPerSegment(op, segments), op.int64s([1])]);
  return dividedRows(op, sum, rows, (count) => op.unary('Sqrt', count));
}

function dividedRows(
  op: Op,
  x: TensorValue,
  rows: TensorValue,
  divisorOf: (count: TensorValue) => TensorValue,
): TensorValue {
  const column = perRow(op, rows, op.rank(x));
  return throughKernels(op, ['FP32', 'FP64', 'INT32', 'INT64', 'UINT32', 'UINT64'], [x], ([sum = x]) =>
    op.binary('Div', sum, divisorOf(op.cast(column, sum.dtype)), { shape: x.shape }),
  );
}

/** A vector as a column that broadcasts against rows of this rank. */
function perRow(op: Op, vector: TensorValue, rank: number): TensorValue {
  return unsqueeze(
    op,
    { ...vector, shape: vector.shape ?? [null] },
    Array.from({ length: rank - 1 }, (_, axis) => axis + 1),
  );
}

/** Which of NaN and numbers stays depends on their order in TensorFlow, so there must be no NaN. */
function extreme(
  op: Op,
  x: TensorValue,
  segments: Segments,
  reduction: Extract<Reduction, 'max' | 'min'>,
): TensorValue {
  const numbers = isFloat(x.dtype)
    ? valueIf(op, op.unary('Not', op.unary('IsNaN', x, { dtype: 'BOOL' })), 'there is a NaN in the data', x)
    : x;
  const initial = extremeOf(op, x.dtype as NumericDType, reduction === 'max' ? 'min' : 'max');
  return reducedRows(op, numbers, segments, reduction, initial);
}

function zeroWhereEmpty(op: Op, segments: Segments, value: TensorValue): TensorValue {
  const rows = perRow(op, rowsPerSegment(op, segments), op.rank(value));
  const isEmpty = op.binary('Equal', rows, op.scalar('INT64', 0), { dtype: 'BOOL' });
  return { ...choose(op, isEmpty, scalarLike(op, value, 0), value), shape: value.shape };
}

/** a_indices: [n, 2], a_values: [n], a_shape: [2], b: [k, m] -> [rows, m]. */
function sparseProduct(op: Op): TensorValue {
  const values = op.tensor(1);
  const [rowAt, columnAt] = op.attributes.bool('adjoint_a', false) ? [1, 0] : [0, 1];
  const b = op.attributes.bool('adjoint_b', false) ? op.transpose(op.tensor(3), [1, 0]) : op.tensor(3);
  const part = (of: TensorValue, at: number, axis: number, shape: TensorValue['shape']): TensorValue =>
    op.emit('Gather', [of, op.int64s([at])], { attributes: { axis }, shape });
  const rows = op.reshape(part(op.tensor(0), rowAt, 1, [null, 1]), [-1]);
  const columns = op.reshape(part(op.tensor(0), columnAt, 1, [null, 1]), [-1]);
  const count = part(op.tensor(2), rowAt, 0, [1]);
  const inner = part(op.tensor(2), columnAt, 0, [1]);
  const message = 'cannot multiply A and B because inner dimension does not match';
  const right = valueIfSame(op, inner, slicedVector(op, op.shapeOf(b), 0, 1), message, b);
  const picked = op.emit('Gather', [right, guardedIndices(op, columns)], { shape: [null, b.shape?.[1] ?? null] });
  return throughKernels(op, ['FP32', 'FP64', 'INT32', 'INT64'], [picked, values], ([row = picked, factor = values]) => {
    const scaled = op.binary('Mul', row, unsqueeze(op, { ...factor, shape: [null] }, [1]));
    return total(op, { ...scaled, shape: row.shape }, { ids: boundedIds(op, rows, count), count });
  });
}
