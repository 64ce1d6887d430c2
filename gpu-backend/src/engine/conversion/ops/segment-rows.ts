import type { NumericDType } from '@tensorfleet/core';
import { tensorConstant } from '../constant.ts';
import { constantValue, type Op } from '../op.ts';
import type { TensorValue } from '../value.ts';
import { filled } from './array.ts';
import { choose } from './comparison.ts';
import { OUT_OF_RANGE, valueIf } from './run-time-check.ts';

/** Which row of the result each row belongs to. */
export interface Segments {
  /** INT64 [n], from 0 up to `count`, which stands for no segment; what is outside of that fails. */
  readonly ids: TensorValue;
  /** INT64 [1]. */
  readonly count: TensorValue;
}

export type Reduction = 'add' | 'mul' | 'max' | 'min';

/** x: [n, ...] -> [count, ...]: what rows of one segment make together with the scalar `initial`. */
export function reducedRows(
  op: Op,
  x: TensorValue,
  { ids, count }: Segments,
  reduction: Reduction,
  initial: TensorValue,
): TensorValue {
  if (x.dtype === 'FP16') {
    // For which ONNX Runtime has no sums and products here.
    const wide = reducedRows(op, op.cast(x, 'FP32'), { ids, count }, reduction, op.cast(initial, 'FP32'));
    return op.cast(wide, 'FP16');
  }
  const tail = op.rank(x) - 1;
  const column = op.reshape(ids, [-1, ...new Array<number>(tail).fill(1)]);
  const tailSizes = slicedVector(op, op.shapeOf(x), 1, tail + 1);
  // Not Expand, which makes no 0 of a 1.
  const zeros = filled(op, op.scalar('INT64', 0), concatenated(op, [op.shapeOf(ids), tailSizes]));
  const index = op.emit('Add', [zeros, column]);
  const rows = op.emit('Add', [count, op.int64s([1])], { shape: [1] });
  const start = filled(op, initial, concatenated(op, [rows, tailSizes]));
  const all = op.emit('ScatterElements', [start, index, x], { attributes: { axis: 0, reduction } });
  const shape = x.shape === null ? null : [count.elements?.[0] ?? null, ...x.shape.slice(1)];
  return op.emit('Slice', [all, op.int64s([0]), count, op.int64s([0])], { shape });
}

/** How many rows each segment has: INT64 [count]. */
export function rowsPerSegment(op: Op, segments: Segments): TensorValue {
  const ones = filled(op, op.scalar('INT64', 1), op.shapeOf(segments.ids));
  return reducedRows(op, { ...ones, shape: [null] }, segments, 'add', op.scalar('INT64', 0));
}

/** `ids` as they are from 0 up to below `count`; others fail, or belong to no segment where `dropped` says so. */
export function boundedIds(
  op: Op,
  ids: TensorValue,
  count: TensorValue,
  dropped: { readonly negative?: boolean; readonly large?: boolean } = {},
): TensorValue {
  const fail = op.scalar('INT64', OUT_OF_RANGE);
  const isNegative = op.binary('Less', ids, op.scalar('INT64', 0), { dtype: 'BOOL' });
  const isLarge = op.binary('GreaterOrEqual', ids, count, { dtype: 'BOOL' });
  const low = choose(op, isNegative, dropped.negative ? count : fail, ids);
  return choose(op, isLarge, dropped.large ? count : fail, low);
}

/** INT64 vectors one behind the other. */
export function concatenated(op: Op, vectors: readonly TensorValue[]): TensorValue {
  if (vectors.every(({ elements }) => elements?.every((element) => element !== null))) {
    return op.int64s(vectors.flatMap(({ elements }) => (elements ?? []) as readonly number[])); // no null in it
  }
  return op.emit('Concat', vectors, { attributes: { axis: 0 }, shape: [null] });
}

/** Elements `start` up to `end` of a vector. */
export function slicedVector(op: Op, vector: TensorValue, start: number, end: number): TensorValue {
  const known = vector.elements?.slice(start, end);
  if (known?.every((element) => element !== null)) {
    return op.int64s(known as readonly number[]); // no null in it
  }
  return op.emit('Slice', [vector, op.int64s([start]), op.int64s([end])], { shape: [end - start] });
}

/** The INT64 vectors have the same elements, else the run fails; `value` goes on. */
export function valueIfSame(op: Op, a: TensorValue, b: TensorValue, message: string, value: TensorValue): TensorValue {
  const [known, others] = [a.elements, b.elements];
  if (known?.length === others?.length && known?.every((one, at) => one !== null && one === others?.[at])) {
    return value;
  }
  return valueIf(op, op.binary('Equal', a, b, { dtype: 'BOOL' }), message, value);
}

/** The smallest or largest finite number of a dtype, as a scalar. */
export function extremeOf(op: Op, dtype: NumericDType, end: 'min' | 'max'): TensorValue {
  if (dtype === 'INT64' || dtype === 'UINT64') {
    const [array, bits] = dtype === 'INT64' ? ([BigInt64Array, 63n] as const) : ([BigUint64Array, 64n] as const);
    const smallest = dtype === 'INT64' ? -(2n ** bits) : 0n;
    const data = array.of(end === 'min' ? smallest : 2n ** bits - 1n);
    return constantValue(tensorConstant({ dtype, shape: [], data } as Parameters<typeof tensorConstant>[0]));
  }
  const [smallest, largest] = EXTREMES[dtype];
  return op.scalar(dtype, end === 'min' ? smallest : largest);
}

const FP16 = 65504;
const BF16 = (2 - 2 ** -7) * 2 ** 127;
const FP32 = (2 - 2 ** -23) * 2 ** 127;

const EXTREMES: Readonly<Record<Exclude<NumericDType, 'INT64' | 'UINT64'>, readonly [number, number]>> = {
  BOOL: [0, 1],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  FP16: [-FP16, FP16],
  BF16: [-BF16, BF16],
  FP32: [-FP32, FP32],
  FP64: [-Number.MAX_VALUE, Number.MAX_VALUE],
};
