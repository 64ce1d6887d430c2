import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { add, both, isAtMost, joined, positions, sizeAlong, sizesOf } from './index-arithmetic.ts';
import { valueIf } from './run-time-check.ts';
import { throughKernels } from './widening.ts';

/** Ops that deal rows out to several tensors, put them together again, or drop some. */
export const PARTITIONING_OPS: OpTable = {
  DynamicPartition: dynamicPartition,
  DynamicStitch: dynamicStitch,
  ParallelDynamicStitch: dynamicStitch,
  ListDiff: listDiff,
};

/** data: [...outer, ...rest], partitions: [...outer]. */
function dynamicPartition(op: Op): readonly TensorValue[] {
  const [data, partitions] = [op.tensor(0), op.tensor(1)];
  const count = op.attributes.int('num_partitions');
  const rows = asRows(op, data, op.rank(partitions));
  const numbers = op.emit('Reshape', [op.cast(partitions, 'INT64'), op.int64s([-1])], { shape: [null] });
  const isInside = both(op, isAtMost(op, 0, numbers), isAtMost(op, numbers, count - 1));
  const checked = valueIf(op, isInside, `partitions are not in [0, ${count})`, numbers);
  return Array.from({ length: count }, (_, index) => {
    const isHere = op.binary('Equal', checked, op.int64s([index]), { dtype: 'BOOL' });
    const shape = [null, ...(data.shape?.slice(op.rank(partitions)) ?? [])];
    return op.emit('Compress', [rows, isHere], { attributes: { axis: 0 }, shape });
  });
}

/** [...outer, ...rest] -> [rows, ...rest]; `outer`: how many dimensions the rows had. */
function asRows(op: Op, x: TensorValue, outer: number): TensorValue {
  const rank = op.rank(x);
  if (outer === 1) {
    return x;
  }
  if (outer === 0) {
    return unsqueeze(op, x, [0]);
  }
  const count = op.emit('ReduceProd', [sizesOf(op, x, 0, outer)], { attributes: { keepdims: 1 }, shape: [1] });
  return op.emit('Reshape', [x, joined(op, [count, sizesOf(op, x, outer, rank)])], {
    attributes: { allowzero: 1 },
    shape: [null, ...(x.shape?.slice(outer) ?? [])],
  });
}

/** indices..., data...: the row of every index, the last one where there are several. */
function dynamicStitch(op: Op): TensorValue {
  const count = op.attributes.int('N');
  const indices = op.tensors(0, count);
  const data = op.tensors(count);
  const rows = data.map((x, index) => asRows(op, x, op.rank(indices[index] ?? x)));
  const flat = indices.map((one) => op.emit('Reshape', [op.cast(one, 'INT64'), op.int64s([-1])], { shape: [null] }));
  const places = joined(op, flat);
  const shape = [null, ...(rows[0]?.shape?.slice(1) ?? [])];
  const all = op.emit('Concat', rows, { attributes: { axis: 0 }, shape });
  const largest = op.emit('ReduceMax', [joined(op, [op.int64s([-1]), places])], {
    attributes: { keepdims: 1 },
    shape: [1],
  });
  const none = op.emit('Expand', [op.int64s([0]), add(op, largest, 1)], { shape: [null] });
  const numbers = positions(op, op.int64s([0]), sizeAlong(op, places, 0));
  const last = op.emit('ScatterElements', [none, places, numbers], { attributes: { axis: 0 }, shape: [null] });
  const checked = valueIf(op, isAtMost(op, 0, places), 'indices are negative', last);
  return op.emit('Gather', [all, checked], { attributes: { axis: 0 }, shape });
}

/** x: [n], y: [m] -> what of x is not in y, and where it was. */
function listDiff(op: Op): readonly TensorValue[] {
  const [x, y] = [op.tensor(0), op.tensor(1)];
  const kernels: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64', 'BOOL'];
  const bits = (one: TensorValue): TensorValue => (one.dtype === 'UINT64' ? op.cast(one, 'INT64') : one);
  const isEqual = throughKernels(op, kernels, [bits(x), bits(y)], ([a = x, b = y]) =>
    op.binary('Equal', unsqueeze(op, a, [1]), b, { dtype: 'BOOL' }),
  );
  const found = op.emit('ReduceSum', [op.cast(isEqual, 'INT64'), op.int64s([1])], { attributes: { keepdims: 0 } });
  const isNew = isAtMost(op, found, 0);
  const places = positions(op, op.int64s([0]), sizeAlong(op, x, 0));
  const kept = (one: TensorValue): TensorValue =>
    op.emit('Compress', [one, isNew], { attributes: { axis: 0 }, shape: [null] });
  return [kept(x), op.cast(kept(places), op.attributes.type('out_idx', 'INT32'))];
}
