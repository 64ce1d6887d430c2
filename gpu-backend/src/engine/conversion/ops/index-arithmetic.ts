import type { Op } from '../op.ts';
import type { TensorValue } from '../value.ts';

/** Numbers about places in tensors that are computed in the graph: INT64. What is known folds when the model is loaded. */

/** One dimension: INT64 of one element. */
export function sizeAlong(op: Op, x: TensorValue, axis: number): TensorValue {
  const size = x.shape?.[axis] ?? null;
  return size === null
    ? op.emit('Shape', [x], { dtype: 'INT64', shape: [1], attributes: { start: axis, end: axis + 1 } })
    : op.int64s([size]);
}

/** From `start` to `end`, both of one element. */
export function positions(op: Op, start: TensorValue, end: TensorValue): TensorValue {
  const inputs = [op.reshape(start, []), op.reshape(end, []), op.scalar('INT64', 1)];
  return op.emit('Range', inputs, { dtype: 'INT64', shape: [null] });
}

/** Sizes `start` to `end` of the shape of `x`, as a vector. */
export function sizesOf(op: Op, x: TensorValue, start: number, end: number): TensorValue {
  const known = x.shape?.slice(start, end);
  if (known?.every((size) => size !== null)) {
    return op.int64s(known);
  }
  return op.emit('Shape', [x], { dtype: 'INT64', shape: [end - start], attributes: { start, end } });
}

export function joined(op: Op, vectors: readonly TensorValue[]): TensorValue {
  return op.emit('Concat', vectors, { attributes: { axis: 0 }, dtype: 'INT64', shape: [null] });
}

export function add(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Add', a, numeric(op, b));
}

export function subtract(op: Op, a: TensorValue | number, b: TensorValue | number): TensorValue {
  return op.binary('Sub', numeric(op, a), numeric(op, b));
}

export function multiply(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Mul', a, numeric(op, b));
}

export function smaller(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Min', a, numeric(op, b));
}

export function larger(op: Op, a: TensorValue, b: TensorValue | number): TensorValue {
  return op.binary('Max', a, numeric(op, b));
}

/** Whether a <= b. */
export function isAtMost(op: Op, a: TensorValue | number, b: TensorValue | number): TensorValue {
  return op.binary('LessOrEqual', numeric(op, a), numeric(op, b), { dtype: 'BOOL' });
}

export function both(op: Op, a: TensorValue, b: TensorValue): TensorValue {
  return op.binary('And', a, b);
}

export function pick(op: Op, condition: TensorValue, yes: TensorValue | number, no: TensorValue | number): TensorValue {
  return op.emit('Where', [condition, numeric(op, yes), numeric(op, no)], { dtype: 'INT64', shape: condition.shape });
}

function numeric(op: Op, value: TensorValue | number): TensorValue {
  return typeof value === 'number' ? op.int64s([value]) : value;
}
