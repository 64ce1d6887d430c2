import type { DType, NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { inSteps } from './rounding-steps.ts';
import { FLOATS, NUMBERS, throughKernels } from './widening.ts';

const FP32: readonly DType[] = ['FP32'];
const SIGNED: readonly DType[] = [...FLOATS, 'INT8', 'INT16', 'INT32', 'INT64'];

/** Ops on each element of one tensor by itself. */
export const ELEMENTWISE_OPS: OpTable = {
  Abs: unary('Abs', NUMBERS),
  Neg: unary('Neg', SIGNED),
  Sign: sign,
  Floor: unary('Floor', FLOATS),
  Ceil: unary('Ceil', FLOATS),
  Rint: unary('Round', FLOATS),
  Round: unary('Round', FLOATS), // integers are refused: TensorFlow's kernel makes 0 of them
  Square: composed(NUMBERS, (op, x) => op.binary('Mul', x, x)),
  Sqrt: unary('Sqrt', FLOATS),
  Rsqrt: composed(FLOATS, (op, x) => op.unary('Reciprocal', op.unary('Sqrt', x))),
  Reciprocal: unary('Reciprocal', FLOATS),
  Inv: unary('Reciprocal', FLOATS),
  Exp: unary('Exp', FLOATS),
  Expm1: composed(FLOATS, expm1),
  Log: unary('Log', FLOATS),
  Log1p: composed(FLOATS, log1p),
  Erf: unary('Erf', FP32),
  Erfc: composed(FP32, (op, x) => op.binary('Sub', one(op, x), op.unary('Erf', x))),
  IsNan: unary('IsNaN', FLOATS, 'BOOL'),
  IsInf: unary('IsInf', FLOATS, 'BOOL'),
  IsFinite: composed(FLOATS, finiteness),
  LogicalNot: (op) => op.unary('Not', op.tensor(0)),
};

export function unary(type: string, kernels: readonly DType[], dtype?: DType): OpHandler {
  return composed(kernels, (op, x) => op.unary(type, x, dtype === undefined ? {} : { dtype }));
}

export function composed(kernels: readonly DType[], compute: (op: Op, x: TensorValue) => TensorValue): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    return throughKernels(op, kernels, [x], ([wide = x]) => compute(op, wide));
  };
}

/** A scalar of the dtype of `like`. */
export function scalarLike(op: Op, like: TensorValue, number: number): TensorValue {
  return op.scalar(like.dtype as NumericDType, number); // strings never come to a graph
}

function one(op: Op, x: TensorValue): TensorValue {
  return scalarLike(op, x, 1);
}

/** tanh(x/2) (exp(x) + 1): exact to the last bits also near 0, where exp(x) - 1 loses them. */
export function expm1(op: Op, x: TensorValue): TensorValue {
  const half = op.unary('Tanh', op.binary('Mul', x, scalarLike(op, x, 0.5)));
  return op.binary('Mul', half, op.binary('Add', op.unary('Exp', x), one(op, x)));
}

/** log(u) x / (u - 1) with u = 1 + x rounded: the error of the sum cancels. */
export function log1p(op: Op, x: TensorValue): TensorValue {
  const u = op.binary('Add', x, one(op, x));
  const log = op.unary('Log', u);
  const corrected = op.binary('Mul', log, op.binary('Div', x, op.binary('Sub', u, one(op, x))));
  const isTiny = op.binary('Equal', u, one(op, x), { dtype: 'BOOL' });
  const isInfinite = op.unary('IsInf', u, { dtype: 'BOOL' });
  const finite = op.emit('Where', [isInfinite, log, corrected], { dtype: x.dtype, shape: x.shape });
  return op.emit('Where', [isTiny, x, finite], { dtype: x.dtype, shape: x.shape });
}

function finiteness(op: Op, x: TensorValue): TensorValue {
  const infinity = scalarLike(op, x, Number.POSITIVE_INFINITY);
  return op.binary('Less', op.unary('Abs', x), infinity, { dtype: 'BOOL' });
}

/** ONNX Runtime's own kernels make 0 of NaN in FP16, and look at half of an INT64. */
function sign(op: Op): TensorValue {
  const x = op.tensor(0);
  if (x.dtype !== 'INT64') {
    return inSteps(op, [x], ([wide = x]) => op.unary('Sign', wide), NUMBERS);
  }
  const is = (type: 'Greater' | 'Less'): TensorValue =>
    op.cast(op.binary(type, x, op.scalar('INT64', 0), { dtype: 'BOOL' }), 'INT64');
  return op.binary('Sub', is('Greater'), is('Less'));
}
