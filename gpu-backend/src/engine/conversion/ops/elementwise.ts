import type { DType, NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { throughKernels } from './widening.ts';

const FLOATS: readonly DType[] = ['FP32', 'FP64'];
const FLOAT: readonly DType[] = ['FP32'];
const ARITHMETIC: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];
const SIGNED: readonly DType[] = [...ARITHMETIC, 'INT8'];
const ALL: readonly DType[] = [...SIGNED, 'INT16', 'UINT8', 'UINT16', 'UINT32', 'UINT64'];

/** Ops on each element of one tensor by itself. */
export const ELEMENTWISE_OPS: OpTable = {
  Abs: unary('Abs', ALL),
  Neg: unary('Neg', SIGNED),
  Sign: unary('Sign', ALL),
  Floor: rounding('Floor'),
  Ceil: rounding('Ceil'),
  Rint: rounding('Round'),
  Round: rounding('Round'),
  Square: composed(ARITHMETIC, (op, x) => op.binary('Mul', x, x)),
  Sqrt: unary('Sqrt', FLOATS),
  Rsqrt: composed(FLOATS, (op, x) => op.unary('Reciprocal', op.unary('Sqrt', x))),
  Reciprocal: unary('Reciprocal', FLOATS),
  Inv: unary('Reciprocal', FLOATS),
  Exp: unary('Exp', FLOATS),
  Expm1: composed(FLOATS, expm1),
  Log: unary('Log', FLOATS),
  Log1p: composed(FLOATS, log1p),
  Sin: unary('Sin', FLOATS),
  Cos: unary('Cos', FLOATS),
  Tan: unary('Tan', FLOAT),
  Asin: unary('Asin', FLOAT),
  Acos: unary('Acos', FLOAT),
  Atan: unary('Atan', FLOAT),
  Sinh: unary('Sinh', FLOAT),
  Cosh: unary('Cosh', FLOAT),
  Tanh: unary('Tanh', FLOATS),
  Asinh: unary('Asinh', FLOAT),
  Acosh: unary('Acosh', FLOAT),
  Atanh: unary('Atanh', FLOAT),
  Erf: unary('Erf', FLOAT),
  Erfc: composed(FLOAT, (op, x) => op.binary('Sub', one(op, x), op.unary('Erf', x))),
  Sigmoid: unary('Sigmoid', FLOATS),
  Softplus: unary('Softplus', FLOAT),
  Softsign: unary('Softsign', FLOAT),
  Relu: unary('Relu', ['FP32', 'FP64', 'INT32', 'INT8']),
  Relu6: composed(['FP32', 'FP64', 'INT32', 'INT64'], relu6),
  Elu: unary('Elu', FLOAT),
  Selu: unary('Selu', FLOAT),
  LeakyRelu: (op) =>
    op.unary('LeakyRelu', op.tensor(0), { attributes: { alpha: { float: op.attributes.float('alpha', 0.2) } } }),
  IsNan: unary('IsNaN', FLOATS, 'BOOL'),
  IsInf: unary('IsInf', FLOATS, 'BOOL'),
  IsFinite: composed(FLOATS, finiteness),
  LogicalNot: (op) => op.unary('Not', op.tensor(0)),
  Invert: (op) => op.unary('BitwiseNot', op.tensor(0)),
  Cast: cast,
};

function unary(type: string, kernels: readonly DType[], dtype?: DType): OpHandler {
  return composed(kernels, (op, x) => op.unary(type, x, dtype === undefined ? {} : { dtype }));
}

function composed(kernels: readonly DType[], compute: (op: Op, x: TensorValue) => TensorValue): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    return throughKernels(op, kernels, [x], ([wide = x]) => compute(op, wide));
  };
}

/** Integers are round already. */
function rounding(type: string): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    return isFloat(x.dtype) ? throughKernels(op, FLOATS, [x], ([wide = x]) => op.unary(type, wide)) : x;
  };
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'FP16' || dtype === 'BF16' || dtype === 'FP32' || dtype === 'FP64';
}

/** A scalar of the dtype of `like`. */
export function scalarLike(op: Op, like: TensorValue, number: number): TensorValue {
  return op.scalar(like.dtype as NumericDType, number); // strings never come to a graph
}

function one(op: Op, x: TensorValue): TensorValue {
  return scalarLike(op, x, 1);
}

/** tanh(x/2) (exp(x) + 1): exact to the last bits also near 0, where exp(x) - 1 loses them. */
function expm1(op: Op, x: TensorValue): TensorValue {
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

function relu6(op: Op, x: TensorValue): TensorValue {
  return op.emit('Clip', [x, scalarLike(op, x, 0), scalarLike(op, x, 6)], { shape: x.shape });
}

function finiteness(op: Op, x: TensorValue): TensorValue {
  const isNan = op.unary('IsNaN', x, { dtype: 'BOOL' });
  const isInf = op.unary('IsInf', x, { dtype: 'BOOL' });
  return op.unary('Not', op.binary('Or', isNan, isInf));
}

function cast(op: Op): TensorValue {
  if (op.attributes.bool('Truncate', false)) {
    return op.refuse('attribute Truncate is not supported');
  }
  return op.cast(op.tensor(0), op.attributes.type('DstT'));
}
