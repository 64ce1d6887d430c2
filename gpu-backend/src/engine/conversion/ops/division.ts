import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { broadcastShapes } from '../shape.ts';
import type { TensorValue } from '../value.ts';
import { scalarLike } from './elementwise.ts';
import { inSteps, type Round } from './rounding-steps.ts';
import { valueIf } from './run-time-check.ts';
import { FLOATS, isFloat, throughKernels } from './widening.ts';

type Compute = (op: Op, a: TensorValue, b: TensorValue, round: Round) => TensorValue;

/** Quotients and remainders. */
export const DIVISION_OPS: OpTable = {
  RealDiv: (op) => floating(op, quotient),
  Div: (op) => divided(op, quotient, quotient),
  TruncateDiv: (op) => divided(op, truncatedQuotient, quotient),
  FloorDiv: (op) => divided(op, flooredQuotient, flooredInteger),
  Mod: (op) => divided(op, fmod, truncatedRemainder, 'remainder'),
  TruncateMod: (op) => divided(op, fmod, truncatedRemainder, 'remainder'),
  FloorMod: (op) => divided(op, flooredRemainder, (_op, a, b) => op.binary('Mod', a, b), 'remainder'),
};

function divided(op: Op, float: Compute, integer: Compute, result: 'quotient' | 'remainder' = 'quotient'): TensorValue {
  return isFloat(op.tensor(0).dtype) ? floating(op, float) : whole(op, integer, result);
}

function floating(op: Op, compute: Compute): TensorValue {
  const [x, y] = [op.tensor(0), op.tensor(1)];
  return compute === quotient || compute === fmod
    ? throughKernels(op, FLOATS, [x, y], ([a = x, b = y]) => compute(op, a, b, (step) => step))
    : inSteps(op, [x, y], ([a = x, b = y], round) => compute(op, a, b, round));
}

/** Integers are divided towards 0. */
function quotient(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  return op.binary('Div', a, b);
}

function fmod(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  return op.binary('Mod', a, b, { attributes: { fmod: 1 } });
}

function flooredQuotient(op: Op, a: TensorValue, b: TensorValue, round: Round): TensorValue {
  return op.unary('Floor', round(quotient(op, a, b)));
}

function truncatedQuotient(op: Op, a: TensorValue, b: TensorValue, round: Round): TensorValue {
  const ratio = round(quotient(op, a, b));
  return op.binary('Mul', op.unary('Sign', ratio), op.unary('Floor', op.unary('Abs', ratio)));
}

/** Takes the sign of the divisor. */
function flooredRemainder(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  const remainder = fmod(op, a, b);
  const isUnlike = op.binary('Less', op.binary('Mul', remainder, op.unary('Sign', b)), scalarLike(op, b, 0), {
    dtype: 'BOOL',
  });
  return op.emit('Where', [isUnlike, op.binary('Add', remainder, b), remainder], {
    dtype: a.dtype,
    shape: remainder.shape,
  });
}

/** Exact where ONNX Runtime's own (fmod) goes through FP64. */
function truncatedRemainder(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  return op.binary('Sub', a, op.binary('Mul', quotient(op, a, b), b));
}

/** One less than towards 0 where the remainder and the divisor have unlike signs. */
function flooredInteger(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  const truncated = quotient(op, a, b);
  const remainder = op.binary('Sub', a, op.binary('Mul', truncated, b));
  const isNegative = (x: TensorValue): TensorValue => op.binary('Less', x, scalarLike(op, x, 0), { dtype: 'BOOL' });
  const isPositive = b.elements?.every((divisor) => divisor !== null && divisor > 0) ?? false;
  const isUnlike = isPositive
    ? isNegative(remainder)
    : op.binary('And', isNegative(op.binary('BitwiseXor', remainder, b)), op.cast(remainder, 'BOOL'));
  return op.binary('Sub', truncated, op.cast(isUnlike, a.dtype));
}

/**
 * Integers, where a processor traps on two divisors: 0, which TensorFlow refuses, and -1 under the smallest number.
 * Both are replaced before they are divided by.
 */
function whole(op: Op, compute: Compute, result: 'quotient' | 'remainder'): TensorValue {
  const [x, y] = [op.tensor(0), op.tensor(1)];
  const exact: Round = (step) => step;
  return throughKernels(op, ['INT32', 'INT64'], [x, y], ([a = x, b = y]) => {
    const isSafe = b.elements?.every((divisor) => divisor !== null && divisor !== 0 && divisor !== -1) ?? false;
    if (isSafe) {
      return compute(op, a, b, exact);
    }
    const is = (number: number): TensorValue => op.binary('Equal', b, scalarLike(op, b, number), { dtype: 'BOOL' });
    const pick = (condition: TensorValue, yes: TensorValue, no: TensorValue): TensorValue =>
      op.emit('Where', [condition, yes, no], { dtype: b.dtype, shape: broadcastShapes(yes.shape, no.shape) });
    const [isZero, isMinusOne] = [is(0), is(-1)];
    const safe = pick(op.binary('Or', isZero, isMinusOne), scalarLike(op, b, 1), b);
    const negated = result === 'quotient' ? op.unary('Neg', a) : op.binary('Sub', a, a);
    const value = pick(isMinusOne, negated, compute(op, a, safe, exact));
    const isAllowed = op.binary('Or', op.unary('Not', isZero), isEmpty(op, a));
    return valueIf(op, isAllowed, 'Integer division by zero', value);
  });
}

/** A BOOL scalar: whether `x` has no elements. */
export function isEmpty(op: Op, x: TensorValue): TensorValue {
  const size = op.emit('Size', [x], { dtype: 'INT64', shape: [] });
  return op.binary('Equal', size, op.scalar('INT64', 0), { dtype: 'BOOL' });
}
