import type { Op } from '../op.ts';
import type { TensorValue } from '../value.ts';

/** Arithmetic on places in pictures, as TensorFlow's kernels do it: FP32 for coordinates, INT64 for indices. */

/** Size of dimension `axis`: an INT64 scalar, a constant where it is known. */
export function dimension(op: Op, x: TensorValue, axis: number): TensorValue {
  const size = x.shape?.[axis] ?? null;
  return size === null
    ? op.emit('Gather', [op.shapeOf(x), op.scalar('INT64', axis)], { dtype: 'INT64', shape: [] })
    : op.scalar('INT64', size);
}

/** Element `index` of a vector of sizes: an INT64 scalar, a constant where it is known. */
export function sizeAt(op: Op, sizes: TensorValue, index: number): TensorValue {
  const size = sizes.elements?.[index] ?? null;
  const axis = op.scalar('INT64', index);
  return size === null ? op.cast(op.emit('Gather', [sizes, axis], { shape: [] }), 'INT64') : op.scalar('INT64', size);
}

/** 0, 1, ... up to but without the INT64 `count`. */
export function counted(op: Op, count: TensorValue): TensorValue {
  const length = count.elements?.[0] ?? null;
  return op.emit('Range', [op.scalar('INT64', 0), count, op.scalar('INT64', 1)], { dtype: 'INT64', shape: [length] });
}

export function float32(op: Op, value: TensorValue): TensorValue {
  return op.cast(value, 'FP32');
}

export function add(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Add', a, operand(op, a, b));
}

export function subtract(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Sub', a, operand(op, a, b));
}

export function multiply(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Mul', a, operand(op, a, b));
}

export function divide(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Div', a, operand(op, a, b));
}

export function larger(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Max', a, operand(op, a, b));
}

export function smaller(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Min', a, operand(op, a, b));
}

export function isLess(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Less', a, operand(op, a, b), { dtype: 'BOOL' });
}

export function isGreater(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Greater', a, operand(op, a, b), { dtype: 'BOOL' });
}

export function isEqual(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Equal', a, operand(op, a, b), { dtype: 'BOOL' });
}

export function choose(op: Op, condition: TensorValue, yes: TensorValue, no: TensorValue | number): TensorValue {
  const other = operand(op, yes, no);
  return op.emit('Where', [condition, yes, other], { dtype: yes.dtype, shape: null });
}

/** Number of the nearest whole, halves away from 0. */
export function rounded(op: Op, x: TensorValue): TensorValue {
  const size = op.unary('Abs', x);
  const whole = op.unary('Floor', size);
  const isHalf = isLess(op, subtract(op, size, whole), 0.5);
  return op.binary('Mul', op.unary('Sign', x), choose(op, isHalf, whole, add(op, whole, 1)), { shape: x.shape });
}

/** a + (b - a) * part. */
export function between(op: Op, a: TensorValue, b: TensorValue, part: TensorValue): TensorValue {
  return add(op, a, multiply(op, subtract(op, b, a), part));
}

/** `vector` as the only dimension that is not 1, `axis` of `rank`. */
export function along(op: Op, vector: TensorValue, axis: number, rank: number): TensorValue {
  const axes = Array.from({ length: rank }, (_, index) => index).filter((index) => index !== axis);
  const shape = Array.from({ length: rank }, (_, index) => (index === axis ? (vector.shape?.[0] ?? null) : 1));
  return axes.length === 0 ? vector : op.emit('Unsqueeze', [vector, op.int64s(axes)], { shape });
}

/** Pixels of x [n, h, w, c] as a function of their INT64 places, which are broadcast and inside of the pictures. */
export function pixelReader(
  op: Op,
  x: TensorValue,
): (picture: TensorValue, row: TensorValue, column: TensorValue) => TensorValue {
  const [n, h, w, c] = [0, 1, 2, 3].map((axis) => dimension(op, x, axis)) as [
    TensorValue,
    TensorValue,
    TensorValue,
    TensorValue,
  ]; // four axes
  const vector = (scalar: TensorValue): TensorValue => op.emit('Unsqueeze', [scalar, op.int64s([0])], { shape: [1] });
  const count = vector(multiply(op, multiply(op, n, h), w));
  const shape = op.emit('Concat', [count, vector(c)], { attributes: { axis: 0 }, shape: [2] });
  const flat = op.emit('Reshape', [x, shape], { attributes: { allowzero: 1 }, shape: [null, x.shape?.[3] ?? null] });
  return (picture, row, column) =>
    op.emit('Gather', [flat, add(op, multiply(op, add(op, multiply(op, picture, h), row), w), column)], {
      shape: null,
    });
}

function operand(op: Op, like: TensorValue, value: TensorValue | number): TensorValue {
  return typeof value === 'number' ? op.scalar(like.dtype === 'INT64' ? 'INT64' : 'FP32', value) : value;
}
