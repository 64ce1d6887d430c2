import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { scalarLike } from './elementwise.ts';
import { extremumOf } from './extremum.ts';

/** Ops on the bits of integers. */
export const BIT_OPS: OpTable = {
  BitwiseAnd: (op) => op.binary('BitwiseAnd', op.tensor(0), op.tensor(1)),
  BitwiseOr: (op) => op.binary('BitwiseOr', op.tensor(0), op.tensor(1)),
  BitwiseXor: (op) => op.binary('BitwiseXor', op.tensor(0), op.tensor(1)),
  Invert: (op) => op.unary('BitwiseNot', op.tensor(0)),
  LeftShift: shift('LEFT'),
  RightShift: shift('RIGHT'),
};

const BITS: Readonly<Partial<Record<DType, number>>> = {
  INT8: 8,
  UINT8: 8,
  INT16: 16,
  UINT16: 16,
  INT32: 32,
  UINT32: 32,
  INT64: 64,
  UINT64: 64,
};

/** By at least 0 and at most all bits but one, as TensorFlow bounds it. A negative number keeps its sign to the right. */
function shift(direction: 'LEFT' | 'RIGHT'): OpHandler {
  return (op) => {
    const [x, by] = [op.tensor(0), op.tensor(1)];
    const bits = BITS[x.dtype] ?? op.refuse(`dtype ${x.dtype} is not supported`);
    const signed = bits === 64 ? 'INT64' : 'INT32';
    const unsigned = bits === 64 ? 'UINT64' : 'UINT32';
    const isUnsigned = x.dtype.startsWith('U');
    const amount = bounded(op, op.cast(by, isUnsigned ? unsigned : signed), bits - 1);
    const shifted = (word: TensorValue): TensorValue =>
      op.binary('BitShift', op.cast(word, unsigned), op.cast(amount, unsigned), { attributes: { direction } });
    if (direction === 'LEFT' || isUnsigned) {
      return op.cast(shifted(x), x.dtype);
    }
    const word = op.cast(x, signed);
    const sign = signBits(op, word);
    const magnitude = shifted(op.binary('BitwiseXor', word, sign));
    return op.cast(op.binary('BitwiseXor', op.cast(magnitude, signed), sign), x.dtype);
  };
}

function bounded(op: Op, amount: TensorValue, most: number): TensorValue {
  return extremumOf(op, 'Min', extremumOf(op, 'Max', amount, scalarLike(op, amount, 0)), scalarLike(op, amount, most));
}

/** All bits where `x` is negative, else none. */
function signBits(op: Op, x: TensorValue): TensorValue {
  return op.unary('Neg', op.cast(op.binary('Less', x, scalarLike(op, x, 0), { dtype: 'BOOL' }), x.dtype));
}
