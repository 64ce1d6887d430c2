import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import { broadcastShapes } from '../shape.ts';
import type { TensorValue } from '../value.ts';
import { isFloat, log1p, scalarLike } from './elementwise.ts';
import { valueIf } from './run-time-check.ts';
import { throughKernels } from './widening.ts';

const ARITHMETIC: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];
const FLOATS: readonly DType[] = ['FP32', 'FP64'];

/** Arithmetic of two tensors, element by element, with broadcasting. */
export const ARITHMETIC_OPS: OpTable = {
  Add: arithmetic('Add'),
  AddV2: arithmetic('Add'),
  Sub: arithmetic('Sub'),
  Mul: arithmetic('Mul'),
  RealDiv: composed(FLOATS, (op, a, b) => op.binary('Div', a, b)),
  Div: divide,
  TruncateDiv: divide,
  FloorDiv: floorDivide,
  Mod: truncateMod,
  TruncateMod: truncateMod,
  FloorMod: floorMod,
  DivNoNan: composed(FLOATS, (op, a, b) => zeroWhere(op, b, op.binary('Div', a, b))),
  MulNoNan: composed(FLOATS, (op, a, b) => zeroWhere(op, b, op.binary('Mul', a, b))),
  Xdivy: composed(FLOATS, (op, a, b) => zeroWhere(op, a, op.binary('Div', a, b))),
  Xlogy: composed(FLOATS, (op, a, b) => zeroWhere(op, a, op.binary('Mul', a, op.unary('Log', b)))),
  Xlog1py: composed(FLOATS, (op, a, b) => zeroWhere(op, a, op.binary('Mul', a, log1p(op, b)))),
  SquaredDifference: composed(ARITHMETIC, squaredDifference),
  Maximum: extremum('Max'),
  Minimum: extremum('Min'),
  Pow: power,
  AddN: addN,
  BiasAdd: biasAdd,
};

function composed(
  kernels: readonly DType[],
  compute: (op: Op, a: TensorValue, b: TensorValue) => TensorValue,
): OpHandler {
  return (op) => {
    const [a, b] = [op.tensor(0), op.tensor(1)];
    return throughKernels(op, kernels, [a, b], ([left = a, right = b]) => compute(op, left, right));
  };
}

function arithmetic(type: string): OpHandler {
  return composed(ARITHMETIC, (op, a, b) => op.binary(type, a, b));
}

/** `value`, 0 where `x` is 0. */
function zeroWhere(op: Op, x: TensorValue, value: TensorValue): TensorValue {
  const zero = scalarLike(op, value, 0);
  const isZero = op.binary('Equal', x, scalarLike(op, x, 0), { dtype: 'BOOL' });
  return op.emit('Where', [isZero, zero, value], { dtype: value.dtype, shape: value.shape });
}

function squaredDifference(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  const difference = op.binary('Sub', a, b);
  return op.binary('Mul', difference, difference);
}

function extremum(type: 'Max' | 'Min'): OpHandler {
  return composed([...ARITHMETIC, 'UINT32', 'UINT64'], (op, a, b) => op.binary(type, a, b));
}

/** Towards 0, as ONNX divides integers. */
function divide(op: Op): TensorValue {
  return isFloat(op.tensor(0).dtype)
    ? throughFloats(op, (a, b) => op.binary('Div', a, b))
    : integerDivision(op, (a, b) => op.binary('Div', a, b));
}

function throughFloats(op: Op, compute: (a: TensorValue, b: TensorValue) => TensorValue): TensorValue {
  return composed(FLOATS, (_op, a, b) => compute(a, b))(op) as TensorValue; // as `composed` returns it
}

function floorDivide(op: Op): TensorValue {
  return isFloat(op.tensor(0).dtype)
    ? throughFloats(op, (a, b) => op.unary('Floor', op.binary('Div', a, b)))
    : integerDivision(op, (a, b) => op.binary('Div', op.binary('Sub', a, op.binary('Mod', a, b)), b));
}

function truncateMod(op: Op): TensorValue {
  const options = { attributes: { fmod: 1 } };
  return isFloat(op.tensor(0).dtype)
    ? throughFloats(op, (a, b) => op.binary('Mod', a, b, options))
    : integerDivision(op, (a, b) => op.binary('Mod', a, b, options), 'remainder');
}

function floorMod(op: Op): TensorValue {
  if (!isFloat(op.tensor(0).dtype)) {
    return integerDivision(op, (a, b) => op.binary('Mod', a, b), 'remainder');
  }
  const options = { attributes: { fmod: 1 } };
  return throughFloats(op, (a, b) => {
    const truncated = op.binary('Mod', a, b, options);
    const floored = op.binary('Mod', op.binary('Add', truncated, b), b, options);
    const isNegative = (x: TensorValue): TensorValue => op.binary('Less', x, scalarLike(op, x, 0), { dtype: 'BOOL' });
    const differ = op.binary('Xor', isNegative(a), isNegative(b));
    return op.emit('Where', [differ, floored, truncated], { dtype: a.dtype, shape: truncated.shape });
  });
}

/**
 * Integers, where a processor traps on two divisors: 0, which TensorFlow refuses, and -1 under the smallest number.
 * Both are replaced before they are divided by.
 */
function integerDivision(
  op: Op,
  compute: (a: TensorValue, b: TensorValue) => TensorValue,
  result: 'quotient' | 'remainder' = 'quotient',
): TensorValue {
  return composed(['INT32', 'INT64'], (_op, a, b) => {
    const isSafe = b.elements?.every((divisor) => divisor !== null && divisor !== 0 && divisor !== -1) ?? false;
    if (isSafe) {
      return compute(a, b);
    }
    const is = (number: number): TensorValue => op.binary('Equal', b, scalarLike(op, b, number), { dtype: 'BOOL' });
    const pick = (condition: TensorValue, yes: TensorValue, no: TensorValue): TensorValue =>
      op.emit('Where', [condition, yes, no], { dtype: b.dtype, shape: broadcastShapes(yes.shape, no.shape) });
    const [isZero, isMinusOne] = [is(0), is(-1)];
    const safe = pick(op.binary('Or', isZero, isMinusOne), scalarLike(op, b, 1), b);
    const negated = result === 'quotient' ? op.unary('Neg', a) : op.binary('Sub', a, a);
    const divided = pick(isMinusOne, negated, compute(a, safe));
    return valueIf(op, op.unary('Not', isZero), 'Integer division by zero', divided);
  })(op) as TensorValue; // as `composed` returns it
}

/** Integer powers only for a small constant exponent: ONNX Runtime computes them in floating point. */
function power(op: Op): TensorValue {
  const [a, b] = [op.tensor(0), op.tensor(1)];
  if (isFloat(a.dtype)) {
    return throughFloats(op, (base, exponent) => op.binary('Pow', base, exponent));
  }
  const exponent = b.elements?.length === 1 ? b.elements[0] : undefined;
  if (typeof exponent !== 'number' || exponent < 1 || exponent > 8) {
    return op.refuse('integers are only raised to a constant power from 1 to 8');
  }
  return throughKernels(op, ['INT32', 'INT64'], [a], ([base = a]) => {
    let product = base;
    for (let times = 1; times < exponent; times++) {
      product = op.binary('Mul', product, base);
    }
    return product;
  });
}

function addN(op: Op): TensorValue {
  return throughKernels(op, ARITHMETIC, op.tensors(), (parts) =>
    parts.reduce((sum, part) => op.binary('Add', sum, part)),
  );
}

/** bias: [c]; x: [..., c], or [n, c, ...] in the format NCHW. */
function biasAdd(op: Op): TensorValue {
  const x = op.tensor(0);
  const bias = op.tensor(1);
  const spatial = op.attributes.string('data_format', 'NHWC').startsWith('NC') ? op.rank(x) - 2 : 0;
  const shaped = spatial > 0 ? op.reshape(bias, [-1, ...new Array<number>(spatial).fill(1)]) : bias;
  return throughKernels(op, ARITHMETIC, [x, shaped], ([wide = x, added = shaped]) => op.binary('Add', wide, added));
}
