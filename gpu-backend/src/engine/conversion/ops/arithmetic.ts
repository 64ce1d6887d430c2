import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { log1p, scalarLike } from './elementwise.ts';
import { extremumOf } from './extremum.ts';
import { inSteps, type Round } from './rounding-steps.ts';
import { valueIfShapesAgree } from './same-shape.ts';
import { FLOATS, isFloat, NUMBERS, throughKernels } from './widening.ts';

/** Arithmetic of two tensors, element by element, with broadcasting. */
export const ARITHMETIC_OPS: OpTable = {
  Add: arithmetic('Add'),
  AddV2: arithmetic('Add'),
  Sub: arithmetic('Sub'),
  Mul: arithmetic('Mul'),
  DivNoNan: floating((op, a, b) => zeroWhere(op, b, op.binary('Div', a, b))),
  MulNoNan: floating((op, a, b) => zeroWhere(op, b, op.binary('Mul', a, b))),
  Xdivy: floating((op, a, b) => zeroWhere(op, a, op.binary('Div', a, b))),
  Xlogy: floating((op, a, b, round) => zeroWhere(op, a, op.binary('Mul', a, round(op.unary('Log', b))))),
  Xlog1py: floating((op, a, b, round) => zeroWhere(op, a, op.binary('Mul', a, round(log1p(op, b))))),
  SquaredDifference: squaredDifference,
  Maximum: extremum('Max'),
  Minimum: extremum('Min'),
  ClipByValue: clipByValue,
  Pow: power,
  AddN: addN,
  BiasAdd: biasAdd,
};

function arithmetic(type: string): OpHandler {
  return (op) => {
    const [x, y] = [op.tensor(0), op.tensor(1)];
    return throughKernels(op, NUMBERS, [x, y], ([a = x, b = y]) => op.binary(type, a, b));
  };
}

function floating(compute: (op: Op, a: TensorValue, b: TensorValue, round: Round) => TensorValue): OpHandler {
  return (op) => {
    const [x, y] = [op.tensor(0), op.tensor(1)];
    return inSteps(op, [x, y], ([a = x, b = y], round) => compute(op, a, b, round));
  };
}

/** `value`, 0 where `x` is 0. */
function zeroWhere(op: Op, x: TensorValue, value: TensorValue): TensorValue {
  const zero = scalarLike(op, value, 0);
  const isZero = op.binary('Equal', x, scalarLike(op, x, 0), { dtype: 'BOOL' });
  return op.emit('Where', [isZero, zero, value], { dtype: value.dtype, shape: value.shape });
}

function squaredDifference(op: Op): TensorValue {
  const [x, y] = [op.tensor(0), op.tensor(1)];
  const square = (a: TensorValue, b: TensorValue, round: Round): TensorValue => {
    const difference = round(op.binary('Sub', a, b));
    return op.binary('Mul', difference, difference);
  };
  return isFloat(x.dtype)
    ? inSteps(op, [x, y], ([a = x, b = y], round) => square(a, b, round))
    : throughKernels(op, NUMBERS, [x, y], ([a = x, b = y]) => square(a, b, (step) => step));
}

const COMPARED = [...FLOATS, 'INT32', 'INT64', 'INT8', 'UINT8', 'UINT32', 'UINT64'] as const;

function extremum(type: 'Max' | 'Min'): OpHandler {
  return (op) => {
    const [x, y] = [op.tensor(0), op.tensor(1)];
    return throughKernels(op, COMPARED, [x, y], ([a = x, b = y]) => extremumOf(op, type, a, b));
  };
}

/** t, lowest, highest: scalars, or of t's shape. */
function clipByValue(op: Op): TensorValue {
  const [t, low, high] = [op.tensor(0), op.tensor(1), op.tensor(2)];
  if (low.shape?.length !== 0 || high.shape?.length !== 0) {
    return op.refuse('only scalar bounds are supported');
  }
  return throughKernels(
    op,
    [...FLOATS, 'INT32', 'INT64', 'UINT8'],
    [t, low, high],
    ([x = t, least = low, most = high]) => bounded(op, 'Less', bounded(op, 'Greater', x, most), least),
  );
}

/** `bound` where `x` is beyond it; a bound of NaN is none. */
function bounded(op: Op, beyond: 'Less' | 'Greater', x: TensorValue, bound: TensorValue): TensorValue {
  const isBeyond = op.binary(beyond, x, bound, { dtype: 'BOOL' });
  return op.emit('Where', [isBeyond, bound, x], { dtype: x.dtype, shape: x.shape });
}

/** Integer powers only for a constant exponent: ONNX Runtime computes them in floating point. */
function power(op: Op): TensorValue {
  const [x, y] = [op.tensor(0), op.tensor(1)];
  if (isFloat(x.dtype)) {
    return throughKernels(op, FLOATS, [x, y], ([a = x, b = y]) => op.binary('Pow', a, b));
  }
  const exponent = y.elements?.length === 1 && y.shape?.length === 0 ? y.elements[0] : undefined;
  if (typeof exponent !== 'number' || exponent < 1 || exponent > 64) {
    return op.refuse('integers are only raised to a constant power from 1 to 64');
  }
  return throughKernels(op, NUMBERS, [x], ([base = x]) => repeatedProduct(op, base, exponent));
}

/** By squaring; overflows as the product does. */
function repeatedProduct(op: Op, base: TensorValue, exponent: number): TensorValue {
  if (exponent === 1) {
    return base;
  }
  const half = repeatedProduct(op, base, Math.floor(exponent / 2));
  const square = op.binary('Mul', half, half);
  return exponent % 2 === 0 ? square : op.binary('Mul', square, base);
}

function addN(op: Op): TensorValue {
  const sum = throughKernels(op, NUMBERS, op.tensors(), (parts) => parts.reduce((a, b) => op.binary('Add', a, b)));
  return op.tensors(1).reduce((value, part) => valueIfShapesAgree(op, op.tensor(0), part, value), sum);
}

/** bias: [c]; x: [..., c], or [n, c, ...] in the format NCHW. */
function biasAdd(op: Op): TensorValue {
  const x = op.tensor(0);
  const bias = op.tensor(1);
  const spatial = op.attributes.string('data_format', 'NHWC').startsWith('NC') ? op.rank(x) - 2 : 0;
  const shaped = spatial > 0 ? op.reshape(bias, [-1, ...new Array<number>(spatial).fill(1)]) : bias;
  return throughKernels(op, NUMBERS, [x, shaped], ([wide = x, added = shaped]) => op.binary('Add', wide, added));
}
