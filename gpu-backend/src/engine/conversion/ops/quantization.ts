import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';

/** Numbers rounded to the steps of a quantization, but still floats. In the order of TensorFlow's arithmetic. */
export const QUANTIZATION_OPS: OpTable = {
  FakeQuantWithMinMaxArgs: (op) => {
    const [min, max] = [op.attributes.float('min', -6), op.attributes.float('max', 6)];
    return quantized(op, { min: op.scalar('FP32', min), max: op.scalar('FP32', max) }, 'by inverse');
  },
  FakeQuantWithMinMaxVars: (op) => {
    const range = { min: scalarAt(op, 1), max: scalarAt(op, 2) };
    return orNothing(op, range, quantized(op, range, 'by scale'));
  },
  FakeQuantWithMinMaxVarsPerChannel: (op) => {
    const range = { min: channelsAt(op, 1), max: channelsAt(op, 2) };
    return orNothing(op, range, quantized(op, range, 'by inverse'));
  },
};

/** FP32, and broadcast over the elements. */
interface Range {
  readonly min: TensorValue;
  readonly max: TensorValue;
}

/** 0 where the range is from 0 to 0. */
function orNothing(op: Op, { min, max }: Range, y: TensorValue): TensorValue {
  const isNothing = op.binary('And', isZero(op, min), isZero(op, max), { dtype: 'BOOL' });
  return op.emit('Where', [isNothing, op.scalar('FP32', 0), y], { dtype: 'FP32', shape: y.shape });
}

/** `division`: whether numbers are divided by a step's size, or multiplied by its inverse, which rounds differently. */
function quantized(op: Op, { min, max }: Range, division: 'by scale' | 'by inverse'): TensorValue {
  const bits = op.attributes.int('num_bits', 8);
  const lowest = op.attributes.bool('narrow_range', false) ? 1 : 0;
  const [low, high] = [op.scalar('FP32', lowest), op.scalar('FP32', 2 ** bits - 1)];
  const steps = op.scalar('FP32', 2 ** bits - 1 - lowest);
  const scale = op.binary('Div', op.binary('Sub', max, min), steps);
  const inverse = op.binary('Div', steps, op.binary('Sub', max, min));
  const exact = op.binary('Sub', low, op.binary('Div', min, scale));
  const zero = op.emit('Clip', [rounded(op, exact), low, high], { shape: exact.shape });
  const [bottom, top] = [low, high].map((end) => op.binary('Mul', op.binary('Sub', end, zero), scale)) as [
    TensorValue,
    TensorValue,
  ];
  const half = op.scalar('FP32', 0.5);
  const floored = (x: TensorValue): TensorValue => op.unary('Floor', op.binary('Add', x, half));
  const origin = floored(op.binary('Mul', op.unary('Neg', bottom), inverse));
  const x = op.tensor(0);
  const clamped = op.binary('Max', op.binary('Min', x, top), bottom);
  const above = op.binary('Sub', clamped, bottom);
  const shifted = division === 'by scale' ? op.binary('Div', above, scale) : op.binary('Mul', above, inverse);
  return op.binary('Mul', floored(op.binary('Sub', shifted, origin)), scale, { shape: x.shape });
}

/** Halves away from 0, for numbers that are not negative. */
function rounded(op: Op, x: TensorValue): TensorValue {
  const floor = op.unary('Floor', x);
  const isUp = op.binary('GreaterOrEqual', op.binary('Sub', x, floor), op.scalar('FP32', 0.5), { dtype: 'BOOL' });
  return op.binary('Add', floor, op.cast(isUp, 'FP32'));
}

function isZero(op: Op, x: TensorValue): TensorValue {
  return op.binary('Equal', x, op.scalar('FP32', 0), { dtype: 'BOOL' });
}

function scalarAt(op: Op, index: number): TensorValue {
  const value = op.tensor(index);
  return op.rank(value) === 0 ? value : op.refuse(`input ${index} has dimensions, it should be a scalar`);
}

/** One for each element of the last dimension. */
function channelsAt(op: Op, index: number): TensorValue {
  const value = op.tensor(index);
  const [size, depth] = [value.shape?.[0], op.tensor(0).shape?.at(-1)];
  return op.rank(value) === 1 && size != null && size === depth
    ? value
    : op.refuse(`input ${index} does not have the number of channels`);
}
