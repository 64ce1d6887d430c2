import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { scalarLike } from './elementwise.ts';
import { axisOf } from './slicing.ts';
import { FLOATS, isFloat, throughKernels } from './widening.ts';

/** Ops that say where the largest or least element is along an axis: the first of equal ones. */
export const ARG_EXTREMUM_OPS: OpTable = {
  ArgMax: argExtremum('ArgMax'),
  ArgMin: argExtremum('ArgMin'),
};

function argExtremum(type: 'ArgMax' | 'ArgMin'): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    const axis = axisOf(op, op.element(1), op.rank(x));
    const attributes = { axis, keepdims: 0, select_last_index: 0 };
    const shape = x.shape?.toSpliced(axis, 1) ?? null;
    const index = throughKernels(op, [...FLOATS, 'INT8', 'UINT8', 'INT32', 'INT64'], [x], ([wide = x]) =>
      op.emit(type, [isFloat(x.dtype) ? numbersOnly(op, wide, type) : wide], { attributes, dtype: 'INT64', shape }),
    );
    return op.cast(index, op.attributes.type('output_type', 'INT64'));
  };
}

const LARGEST: Readonly<Partial<Record<DType, number>>> = {
  FP16: 65504,
  BF16: (2 - 2 ** -7) * 2 ** 127,
  FP32: (2 - 2 ** -23) * 2 ** 127,
  FP64: Number.MAX_VALUE,
};

/** NaN is never found, as in TensorFlow, whose search begins with the least finite number (the largest for ArgMin). */
function numbersOnly(op: Op, x: TensorValue, type: 'ArgMax' | 'ArgMin'): TensorValue {
  const largest = LARGEST[x.dtype] ?? op.refuse(`dtype ${x.dtype} is not supported`);
  const start = scalarLike(op, x, type === 'ArgMax' ? -largest : largest);
  const isFound = op.binary(type === 'ArgMax' ? 'Greater' : 'Less', x, start, { dtype: 'BOOL' });
  return op.emit('Where', [isFound, x, start], { dtype: x.dtype, shape: x.shape });
}
