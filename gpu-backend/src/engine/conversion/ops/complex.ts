import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import { mergeShapes } from '../shape.ts';
import type { ComplexValue, TensorValue, Value } from '../value.ts';
import { unsqueeze } from './array.ts';
import { choose } from './comparison.ts';
import { scalarLike } from './elementwise.ts';
import { TRIGONOMETRY_OPS } from './trigonometry.ts';

/** Of complex numbers, by their parts: these do to each part what they do to real numbers. */
const PART_BY_PART =
  'Neg Add AddV2 Sub Reshape Transpose StridedSlice Sum ExpandDims Squeeze ConcatV2 Pack Pad Shape'.split(' ');

/** Ops that make complex numbers and take them apart. */
export const COMPLEX_OPS: OpTable = {
  Complex: (op) => complexOf(op, op.tensor(0), op.tensor(1)),
  Real: (op) => realPart(op, complexInput(op, 0)),
  Imag: (op) => imaginaryPart(op, complexInput(op, 0)),
  ComplexAbs: magnitude,
  Angle: angle,
  Conj: conjugate,
};

/** What the ops mean whose first input is complex. `handlerOf` tells what they mean for real numbers. */
export function complexHandlerOf(
  name: string,
  handlerOf: (op: string) => OpHandler | undefined,
): OpHandler | undefined {
  if (name === 'Mul') {
    return (op) => multiplied(op, complexInput(op, 0), complexInput(op, 1));
  }
  if (name === 'Square') {
    return (op) => multiplied(op, complexInput(op, 0), complexInput(op, 0));
  }
  const handler = handlerOf(name);
  return handler !== undefined && PART_BY_PART.includes(name) ? (op) => partByPart(op, handler) : handler;
}

export function complexInput(op: Op, index: number): ComplexValue {
  const value = op.value(index);
  return value.kind === 'complex' ? value : op.refuse(`input ${index} is a ${value.kind}, not complex`);
}

/** The parts have one shape. */
export function complexOf(op: Op, real: TensorValue, imaginary: TensorValue): ComplexValue {
  const rank = op.rank(real);
  if (real.dtype !== 'FP32' || imaginary.dtype !== 'FP32' || op.rank(imaginary) !== rank) {
    return op.refuse('only complex64 of parts with one shape is supported');
  }
  const parts = [real, imaginary].map((part) => unsqueeze(op, part, [rank]));
  const shape = mergeShapes(real.shape, imaginary.shape);
  const pairShape = shape === null ? null : [...shape, 2];
  return { kind: 'complex', pair: op.emit('Concat', parts, { attributes: { axis: rank }, shape: pairShape }) };
}

export function realPart(op: Op, value: ComplexValue): TensorValue {
  return part(op, value, 0);
}

export function imaginaryPart(op: Op, value: ComplexValue): TensorValue {
  return part(op, value, 1);
}

function part(op: Op, { pair }: ComplexValue, index: number): TensorValue {
  const shape = pair.shape?.slice(0, -1) ?? null;
  return op.emit('Gather', [pair, op.scalar('INT64', index)], { attributes: { axis: -1 }, shape });
}

function partByPart(op: Op, handler: OpHandler): Value {
  const [real, imaginary] = [realPart, imaginaryPart].map((partOf) => {
    const inputs = op.inputs.map((value) => (value.kind === 'complex' ? partOf(op, value) : value));
    const made = handler(op.withInputs(inputs));
    const value = Array.isArray(made) ? made[0] : made;
    return value?.kind === 'tensor' ? value : op.refuse('it makes no tensor of complex numbers');
  });
  if (real === undefined || imaginary === undefined) {
    return op.refuse('it has no parts'); // it has two
  }
  if (real.dtype !== 'FP32') {
    return real; // a shape, the same for both
  }
  const recorded = op.outputShapes[0] ?? null;
  const [re, im] = [real, imaginary].map((one) => ({ ...one, shape: mergeShapes(recorded, one.shape) }));
  return complexOf(op, re ?? real, im ?? imaginary);
}

/** (a + bi)(c + di). */
function multiplied(op: Op, x: ComplexValue, y: ComplexValue): Value {
  const [a, b, c, d] = [realPart(op, x), imaginaryPart(op, x), realPart(op, y), imaginaryPart(op, y)];
  const mul = (left: TensorValue, right: TensorValue): TensorValue => op.binary('Mul', left, right);
  return complexOf(op, op.binary('Sub', mul(a, c), mul(b, d)), op.binary('Add', mul(a, d), mul(b, c)));
}

function conjugate(op: Op): Value {
  const x = complexInput(op, 0);
  return complexOf(op, realPart(op, x), op.unary('Neg', imaginaryPart(op, x)));
}

/** The root of a sum of squares, which does not overflow: of the ratio of the smaller part to the larger. */
function magnitude(op: Op): TensorValue {
  const x = complexInput(op, 0);
  const [a, b] = [op.unary('Abs', realPart(op, x)), op.unary('Abs', imaginaryPart(op, x))];
  const [small, large] = [op.binary('Min', a, b), op.binary('Max', a, b)];
  const one = scalarLike(op, large, 1);
  const ratio = op.binary('Div', small, large);
  const length = op.binary('Mul', large, op.unary('Sqrt', op.binary('Add', one, op.binary('Mul', ratio, ratio))));
  // Neither 0 nor infinity can be divided by itself.
  const isZero = op.binary('Equal', large, scalarLike(op, large, 0), { dtype: 'BOOL' });
  const isEnd = op.binary('Or', isZero, op.unary('IsInf', large, { dtype: 'BOOL' }));
  return choose(op, isEnd, large, length);
}

function angle(op: Op): TensorValue {
  const x = complexInput(op, 0);
  const made = TRIGONOMETRY_OPS['Atan2']?.(op.withInputs([imaginaryPart(op, x), realPart(op, x)]));
  return made === undefined || !('place' in made) ? op.refuse('there is no Atan2') : made;
}
