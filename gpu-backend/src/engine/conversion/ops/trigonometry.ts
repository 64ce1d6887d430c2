import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { composed, scalarLike, unary } from './elementwise.ts';
import { FLOATS, throughKernels } from './widening.ts';

const FP32: readonly DType[] = ['FP32'];

/** Angles, and the hyperbolic functions. */
export const TRIGONOMETRY_OPS: OpTable = {
  Sin: unary('Sin', FLOATS),
  Cos: unary('Cos', FLOATS),
  Tan: composed(FLOATS, (op, x) =>
    x.dtype === 'FP64' ? op.binary('Div', op.unary('Sin', x), op.unary('Cos', x)) : op.unary('Tan', x),
  ),
  Asin: unary('Asin', FP32),
  Acos: unary('Acos', FP32),
  Atan: unary('Atan', FP32),
  Atan2: atan2,
  Sinh: unary('Sinh', FP32),
  Cosh: unary('Cosh', FP32),
  Tanh: unary('Tanh', FLOATS),
  Asinh: unary('Asinh', FP32),
  Acosh: unary('Acosh', FP32),
  Atanh: unary('Atanh', FP32),
};

/** y, x: the angle in the first octant, mirrored into the others; a zero or an infinity has the sides of its sign. */
function atan2(op: Op): TensorValue {
  const inputs = op.tensors(0, 2);
  return throughKernels(op, FP32, inputs, ([y = op.tensor(0), x = op.tensor(1)]) => {
    const [height, width] = [op.unary('Abs', y), op.unary('Abs', x)];
    const octant = op.unary('Atan', ratioOf(op, height, width));
    const isSteep = op.binary('Less', width, height, { dtype: 'BOOL' });
    const quadrant = choice(op, isSteep, op.binary('Sub', scalarLike(op, y, Math.PI / 2), octant), octant);
    const half = choice(op, isNegative(op, x), op.binary('Sub', scalarLike(op, y, Math.PI), quadrant), quadrant);
    return choice(op, isNegative(op, y), op.unary('Neg', half), half);
  });
}

/** The smaller by the larger one: 1 of two infinities, 0 of two zeros. */
function ratioOf(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  const smaller = op.binary('Min', a, b);
  const larger = op.binary('Max', a, b);
  const isSame = op.binary('Equal', smaller, larger, { dtype: 'BOOL' });
  return choice(op, isSame, op.unary('Sign', larger), op.binary('Div', smaller, larger));
}

/** Whether the sign is negative, that of -0 too. */
function isNegative(op: Op, x: TensorValue): TensorValue {
  const isBelow = (value: TensorValue): TensorValue =>
    op.binary('Less', value, scalarLike(op, x, 0), { dtype: 'BOOL' });
  return op.binary('Or', isBelow(x), isBelow(op.unary('Reciprocal', x)));
}

function choice(op: Op, condition: TensorValue, yes: TensorValue, no: TensorValue): TensorValue {
  return op.emit('Where', [condition, yes, no], { dtype: no.dtype, shape: op.outputShapes[0] ?? null });
}
