import type { Op } from '../op.ts';
import type { TensorValue } from '../value.ts';
import { valueIf } from './run-time-check.ts';

/**
 * `value`, unless `a` and `b` have different shapes, which TensorFlow refuses where an op does not broadcast. Refused
 * when that is known already, and when a rank is not.
 */
export function valueIfShapesAgree(op: Op, a: TensorValue, b: TensorValue, value: TensorValue): TensorValue {
  if (op.rank(a) !== op.rank(b)) {
    return op.refuse(`ranks ${op.rank(a)} and ${op.rank(b)} are not the same`);
  }
  return valueIfSizesAgree(op, a, b, op.rank(a), value);
}

/** As valueIfShapesAgree, for the first `count` dimensions. */
export function valueIfSizesAgree(
  op: Op,
  a: TensorValue,
  b: TensorValue,
  count: number,
  value: TensorValue,
): TensorValue {
  const axes = Array.from({ length: count }, (_, axis) => axis);
  const isUnlike = (axis: number): boolean => {
    const [x, y] = [a.shape?.[axis] ?? null, b.shape?.[axis] ?? null];
    return x !== null && y !== null && x !== y;
  };
  if (axes.some(isUnlike)) {
    return op.refuse('the shapes are not the same');
  }
  if (axes.every((axis) => a.shape?.[axis] !== null && b.shape?.[axis] !== null)) {
    return value;
  }
  const sizes = (x: TensorValue): TensorValue =>
    op.emit('Shape', [x], { dtype: 'INT64', shape: [count], attributes: { end: count } });
  const agree = op.binary('Equal', sizes(a), sizes(b), { dtype: 'BOOL' });
  return valueIf(op, agree, 'the shapes are not the same', value);
}
