import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { slicedVector, valueIfSame } from './segment-rows.ts';
import { throughKernels } from './widening.ts';

/** Ops that look up where among sorted numbers others belong, by comparing each with all. */
export const SEARCHING_OPS: OpTable = {
  Bucketize: bucketize,
  LowerBound: bound((op, sorted, value) => op.binary('Less', sorted, value, { dtype: 'BOOL' })),
  UpperBound: bound((op, sorted, value) => op.unary('Not', op.binary('Less', value, sorted, { dtype: 'BOOL' }))),
};

/** The number of boundaries that are not above each element. Integers are compared as FP32, as C++ would. */
function bucketize(op: Op): TensorValue {
  const x = op.tensor(0);
  const boundaries = op.attributes.floats('boundaries', []);
  const dtype = x.dtype === 'FP64' ? 'FP64' : 'FP32';
  const column = unsqueeze(op, op.cast(x, dtype), [op.rank(x)]);
  const bounds = op.constantOf(dtype, [boundaries.length], boundaries);
  return counted(op, op.unary('Not', op.binary('Less', column, bounds, { dtype: 'BOOL' })), 'INT32', x);
}

/** sorted_inputs: [rows, n], values: [rows, m]; how many of the row's sorted numbers come before each value. */
function bound(comesBefore: (op: Op, sorted: TensorValue, value: TensorValue) => TensorValue): OpHandler {
  return (op) => {
    const [sorted, values] = [op.tensor(0), op.tensor(1)];
    if (op.rank(sorted) !== 2 || op.rank(values) !== 2) {
      return op.refuse('its inputs are no matrices');
    }
    const [rows, others] = [sorted, values].map((one) => slicedVector(op, op.shapeOf(one), 0, 1));
    const message = 'Leading dim_size of both tensors must match.';
    const checked = rows && others ? valueIfSame(op, rows, others, message, values) : values;
    const dtype = op.attributes.type('out_type', 'INT32');
    // What the comparison makes is BOOL, which no kernel's dtype is: it comes back as it is.
    const before = throughKernels(
      op,
      ['FP32', 'FP64', 'INT32', 'INT64'],
      [sorted, checked],
      ([a = sorted, b = values]) => comesBefore(op, unsqueeze(op, a, [1]), unsqueeze(op, b, [2])),
    );
    return counted(op, before, dtype, values);
  };
}

/**
 * How often the BOOL `condition` holds along its last axis; the result has the shape of `like`. The axis is no negative
 * number: of nothing, ONNX Runtime reduces those wrongly.
 */
function counted(op: Op, condition: TensorValue, dtype: DType, like: TensorValue): TensorValue {
  const { shape } = like;
  const sum = op.emit('ReduceSum', [op.cast(condition, 'INT64'), op.int64s([op.rank(like)])], {
    attributes: { keepdims: 0 },
    shape,
  });
  return op.cast(sum, dtype);
}
