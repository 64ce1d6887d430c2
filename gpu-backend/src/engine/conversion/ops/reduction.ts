import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { Shape, TensorValue } from '../value.ts';
import { axisOf } from './slicing.ts';
import { throughKernels } from './widening.ts';

const ARITHMETIC: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];
const FLOATS: readonly DType[] = ['FP32', 'FP64'];

/** Ops that fold dimensions: input, axes. */
export const REDUCTION_OPS: OpTable = {
  Sum: reduction('ReduceSum', ARITHMETIC),
  Mean: reduction('ReduceMean', FLOATS),
  Prod: reduction('ReduceProd', ['FP32', 'INT32', 'INT64']),
  Max: reduction('ReduceMax', ARITHMETIC),
  Min: reduction('ReduceMin', ARITHMETIC),
  EuclideanNorm: reduction('ReduceL2', ['FP32', 'FP64']),
  All: (op) => op.cast(reduced(op, 'ReduceMin', op.cast(op.tensor(0), 'INT32')), 'BOOL'),
  Any: (op) => op.cast(reduced(op, 'ReduceMax', op.cast(op.tensor(0), 'INT32')), 'BOOL'),
  ArgMax: extremum('ArgMax'),
  ArgMin: extremum('ArgMin'),
};

function reduction(type: string, kernels: readonly DType[]): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    return throughKernels(op, kernels, [x], ([wide = x]) => reduced(op, type, wide));
  };
}

/** No axes leave everything as it is; which ones there are may be known at run time only. */
function reduced(op: Op, type: string, x: TensorValue): TensorValue {
  const axes = op.tensor(1);
  const keepdims = op.attributes.bool('keep_dims', false) ? 1 : 0;
  const vector = axes.shape?.length === 0 ? op.reshape(op.cast(axes, 'INT64'), [1]) : op.cast(axes, 'INT64');
  return op.emit(type, [x, vector], {
    attributes: { keepdims, noop_with_empty_axes: 1 },
    shape: reducedShape(x.shape, axes, keepdims === 1),
  });
}

function reducedShape(shape: Shape, axes: TensorValue, keepsDimensions: boolean): Shape {
  const rank = shape?.length ?? 0;
  const known = axes.elements?.map((axis) => (axis === null ? null : axis < 0 ? axis + rank : axis));
  if (shape === null || known === undefined || known.includes(null)) {
    return null;
  }
  return keepsDimensions
    ? shape.map((size, axis) => (known.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !known.includes(axis));
}

/** The first of equal elements. */
function extremum(type: 'ArgMax' | 'ArgMin'): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    const axis = axisOf(op, op.element(1), op.rank(x));
    const attributes = { axis, keepdims: 0, select_last_index: 0 };
    const shape = x.shape?.toSpliced(axis, 1) ?? null;
    const index = throughKernels(op, ['FP32', 'FP64', 'INT32'], [x], ([wide = x]) =>
      op.emit(type, [wide], { attributes, dtype: 'INT64', shape }),
    );
    return op.cast(index, op.attributes.type('output_type', 'INT64'));
  };
}
