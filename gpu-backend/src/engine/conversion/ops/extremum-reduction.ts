import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { isEmpty } from './division.ts';
import { scalarLike } from './elementwise.ts';
import { fromHalves, halvesOf } from './halves.ts';
import { reduced } from './reduction.ts';
import { FLOATS, isFloat, throughKernels } from './widening.ts';

type Type = 'Max' | 'Min';

/** The largest and least elements along axes: input, axes. Of nothing it is the other end of the dtype. */
export const EXTREMUM_REDUCTION_OPS: OpTable = { Max: extremum('Max'), Min: extremum('Min') };

function extremum(type: Type): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    if (isFloat(x.dtype)) {
      return throughKernels(op, FLOATS, [x], ([wide = x]) => orNan(op, wide, reduced(op, `Reduce${type}`, wide)));
    }
    switch (x.dtype) {
      case 'INT64':
        return wideExtremum(op, type, x);
      case 'UINT32':
        return moved(op, 'UINT32', reduced(op, `Reduce${type}`, moved(op, 'INT32', x)));
      default:
        return narrowExtremum(op, type, x);
    }
  };
}

/** `value`, NaN where one was folded, which ONNX Runtime's comparisons pass over. The sum of all sizes has it. */
function orNan(op: Op, x: TensorValue, value: TensorValue): TensorValue {
  const total = reduced(op, 'ReduceSum', op.unary('Abs', x));
  const isNan = op.unary('IsNaN', total, { dtype: 'BOOL' });
  return op.emit('Where', [isNan, total, value], { dtype: value.dtype, shape: value.shape });
}

const ENDS: Readonly<Partial<Record<DType, Readonly<Record<Type, number>>>>> = {
  INT16: { Max: -(2 ** 15), Min: 2 ** 15 - 1 },
  UINT16: { Max: 0, Min: 2 ** 16 - 1 },
};

function narrowExtremum(op: Op, type: Type, x: TensorValue): TensorValue {
  const end = ENDS[x.dtype]?.[type];
  return throughKernels(op, ['INT8', 'UINT8', 'INT32'], [x], ([wide = x]) => {
    const value = reduced(op, `Reduce${type}`, wide);
    return end === undefined ? value : op.binary(type, value, scalarLike(op, value, end));
  });
}

/** Between UINT32 and INT32, in the same order. */
function moved(op: Op, dtype: 'UINT32' | 'INT32', x: TensorValue): TensorValue {
  const offset = op.scalar('INT64', dtype === 'INT32' ? -(2 ** 31) : 2 ** 31);
  return op.cast(op.binary('Add', op.cast(x, 'INT64'), offset), dtype);
}

/** By high halves, then by low ones where the high one is the best: ONNX Runtime compares no more than 32 bits. */
function wideExtremum(op: Op, type: Type, x: TensorValue): TensorValue {
  const kernel = `Reduce${type}`;
  const [high, low] = halvesOf(op, x);
  const middle = op.scalar('INT64', 2 ** 31); // low halves are compared as INT32
  const isBest = op.binary('Equal', high, reduced(op, kernel, high, true), { dtype: 'BOOL' });
  const worst = op.scalar('INT64', type === 'Max' ? -(2 ** 31) : 2 ** 31 - 1);
  const candidates = op.emit('Where', [isBest, op.binary('Sub', low, middle), worst], {
    dtype: 'INT64',
    shape: x.shape,
  });
  const bestLow = op.binary('Add', reduced(op, kernel, candidates), middle);
  const best = fromHalves(op, reduced(op, kernel, high), bestLow);
  const { shape } = best;
  return op.emit('Where', [isEmpty(op, x), reduced(op, kernel, x), best], { dtype: 'INT64', shape });
}
