import type { Op } from '../op.ts';
import { allElements, type TensorValue } from '../value.ts';

/** Arithmetic on INT64 scalars, done at conversion where both are known. */
const COMPUTE = {
  Add: (a: number, b: number) => a + b,
  Sub: (a: number, b: number) => a - b,
  Mul: (a: number, b: number) => a * b,
  /** Towards zero. */
  Div: (a: number, b: number) => Math.trunc(a / b),
  Max: Math.max,
  Min: Math.min,
} as const;

/** The number that a scalar is known to be. */
export function knownScalar(value: TensorValue): number | undefined {
  const elements = allElements(value);
  return elements?.length === 1 ? elements[0] : undefined;
}

export function int64Scalar(op: Op, value: TensorValue): TensorValue {
  const known = knownScalar(value);
  return known === undefined ? op.cast(value, 'INT64') : op.scalar('INT64', known);
}

export function compute(op: Op, type: keyof typeof COMPUTE, a: TensorValue, b: TensorValue): TensorValue {
  const [x, y] = [knownScalar(a), knownScalar(b)];
  const neutral = { Add: 0, Sub: 0, Mul: 1, Div: 1, Max: undefined, Min: undefined }[type];
  if (y !== undefined && y === neutral) {
    return a;
  }
  const known = x === undefined || y === undefined ? Number.NaN : COMPUTE[type](x, y);
  return Number.isSafeInteger(known) ? op.scalar('INT64', known) : op.emit(type, [a, b], { dtype: 'INT64', shape: [] });
}

/** Whether both are the same number in every run. */
export function isSameScalar(a: TensorValue, b: TensorValue): boolean {
  const [x, y] = [knownScalar(a), knownScalar(b)];
  if (x !== undefined || y !== undefined) {
    return x === y;
  }
  if (a.place.kind === 'graph' && b.place.kind === 'graph') {
    return a.place.graph === b.place.graph && a.place.name === b.place.name;
  }
  return a.place.kind === 'slot' && b.place.kind === 'slot' && a.place.slot === b.place.slot;
}

/** A condition as TensorFlow takes it: a scalar that is not zero, or a tensor that has elements. */
export function truth(op: Op, value: TensorValue): TensorValue {
  if (value.dtype === 'STRING') {
    return op.refuse('a string as condition is not supported');
  }
  if (op.rank(value) > 0) {
    const size = op.emit('Size', [value], { dtype: 'INT64', shape: [] });
    return op.emit('Greater', [size, op.scalar('INT64', 0)], { dtype: 'BOOL', shape: [] });
  }
  return value.dtype === 'BOOL' ? value : op.cast(value, 'BOOL');
}

/** What `truth` will be, where it is known. */
export function knownTruth(value: TensorValue): boolean | undefined {
  const known = value.shape?.length === 0 ? knownScalar(value) : undefined;
  return known === undefined ? undefined : known !== 0;
}
