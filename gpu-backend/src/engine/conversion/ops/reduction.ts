import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { allElements, type Shape, type TensorValue } from '../value.ts';
import { isEmpty } from './division.ts';
import { scalarLike } from './elementwise.ts';
import { fromHalves, halvesOf } from './halves.ts';
import { valueIf } from './run-time-check.ts';
import { FLOATS, isFloat, throughKernels } from './widening.ts';

/** Ops that fold dimensions: input, axes. */
export const REDUCTION_OPS: OpTable = {
  Sum: sum,
  Mean: mean,
  Prod: product,
  EuclideanNorm: (op) => throughKernels(op, FLOATS, [op.tensor(0)], ([x = op.tensor(0)]) => reduced(op, 'ReduceL2', x)),
  // UINT8: of nothing, the largest is 0 and the least is not.
  All: (op) => op.cast(reduced(op, 'ReduceMin', op.cast(op.tensor(0), 'UINT8')), 'BOOL'),
  Any: (op) => op.cast(reduced(op, 'ReduceMax', op.cast(op.tensor(0), 'UINT8')), 'BOOL'),
};

/** No axes leave everything as it is; which ones there are may be known at run time only. */
export function reduced(
  op: Op,
  type: string,
  x: TensorValue,
  keepsDimensions = op.attributes.bool('keep_dims', false),
): TensorValue {
  const axes = op.tensor(1);
  const keepdims = keepsDimensions ? 1 : 0;
  const wide = op.cast(axes, 'INT64');
  const value = op.emit(type, [x, axes.shape?.length === 0 ? op.reshape(wide, [1]) : wide], {
    attributes: { keepdims, noop_with_empty_axes: 1 },
    shape: reducedShape(x.shape, knownAxes(op, x), keepsDimensions),
  });
  return valueIfDistinct(op, x, value);
}

/** The axes, none negative; undefined when they are only known at run time. */
function knownAxes(op: Op, x: TensorValue): readonly number[] | undefined {
  const rank = x.shape?.length;
  return rank === undefined ? undefined : allElements(op.tensor(1))?.map((axis) => (axis < 0 ? axis + rank : axis));
}

function reducedShape(shape: Shape, axes: readonly number[] | undefined, keepsDimensions: boolean): Shape {
  if (shape === null || axes === undefined) {
    return null;
  }
  return keepsDimensions
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
}

/** `value`, unless an axis is named twice: ONNX Runtime folds it once, TensorFlow refuses it. */
function valueIfDistinct(op: Op, x: TensorValue, value: TensorValue): TensorValue {
  const axes = op.tensor(1);
  const known = knownAxes(op, x);
  if (known !== undefined) {
    return new Set(known).size === known.length ? value : op.refuse('an axis is named twice');
  }
  const elements = allElements(axes);
  const haveOneSign = elements?.every((axis) => axis < 0 === (elements[0] ?? 0) < 0) ?? false;
  if (axes.shape?.every((size) => size === 1) || (haveOneSign && new Set(elements).size === elements?.length)) {
    return value;
  }
  const rank = op.scalar('INT64', Math.max(1, op.rank(x)));
  const positive = op.emit('Mod', [op.cast(axes, 'INT64'), rank]);
  const pairs = op.emit('Equal', [op.emit('Unsqueeze', [positive, op.int64s([1])]), positive], { dtype: 'BOOL' });
  const count = op.emit('ReduceSum', [op.cast(pairs, 'INT64')], { attributes: { keepdims: 0 }, shape: [] });
  const size = op.emit('Size', [axes], { dtype: 'INT64', shape: [] });
  const areDistinct = op.binary('Equal', count, size, { dtype: 'BOOL' });
  return valueIf(op, areDistinct, 'an axis is named twice', value);
}

/** Whether nothing may be folded: a dimension of 0, or one that is only known at run time. */
function mayFoldNothing(op: Op, x: TensorValue): boolean {
  const axes = knownAxes(op, x);
  return x.shape?.some((size, axis) => !size && (axes?.includes(axis) ?? true)) ?? true;
}

function sum(op: Op): TensorValue {
  const x = op.tensor(0);
  return isFloat(x.dtype)
    ? throughKernels(op, FLOATS, [x], ([wide = x]) => reduced(op, 'ReduceSum', wide))
    : op.cast(integerSum(op, x), x.dtype);
}

/** INT64, wrapping around. ONNX Runtime itself adds integers up in FP64, and does not. */
function integerSum(op: Op, x: TensorValue): TensorValue {
  const wide = op.cast(x, 'INT64');
  return x.dtype === 'INT64' || x.dtype === 'UINT64' ? exactSum(op, wide) : reduced(op, 'ReduceSum', wide);
}

/** Of the halves of each number: exact for up to 2^21 of them. */
function exactSum(op: Op, x: TensorValue): TensorValue {
  const [high, low] = halvesOf(op, x);
  return fromHalves(op, reduced(op, 'ReduceSum', high), reduced(op, 'ReduceSum', low));
}

function mean(op: Op): TensorValue {
  const x = op.tensor(0);
  return isFloat(x.dtype)
    ? throughKernels(op, FLOATS, [x], ([wide = x]) => floatingMean(op, wide))
    : integerMean(op, x);
}

/** Of nothing it is NaN; ONNX Runtime's is 0. */
function floatingMean(op: Op, x: TensorValue): TensorValue {
  const value = reduced(op, 'ReduceMean', x);
  if (!mayFoldNothing(op, x)) {
    return value;
  }
  const { dtype, shape } = value;
  return op.emit('Where', [isEmpty(op, x), scalarLike(op, value, Number.NaN), value], { dtype, shape });
}

/** Towards 0; of nothing it is 0. */
function integerMean(op: Op, x: TensorValue): TensorValue {
  if (x.dtype === 'UINT64') {
    return op.refuse('dtype UINT64 is not supported');
  }
  const total = integerSum(op, x);
  const one = op.scalar('INT64', 1);
  const countOf = (value: TensorValue): TensorValue =>
    op.emit('Max', [op.emit('Size', [value], { dtype: 'INT64', shape: [] }), one], { shape: [] });
  const folded = op.emit('Max', [op.emit('Div', [countOf(x), countOf(total)]), one], { shape: [] });
  return op.cast(op.binary('Div', total, folded), x.dtype);
}

/** ONNX Runtime multiplies integers in FP64: what it cannot hold fails at run time. */
function product(op: Op): TensorValue {
  const x = op.tensor(0);
  if (isFloat(x.dtype)) {
    return throughKernels(op, FLOATS, [x], ([wide = x]) => reduced(op, 'ReduceProd', wide));
  }
  if (x.dtype === 'UINT64') {
    return op.refuse('dtype UINT64 is not supported');
  }
  const value = reduced(op, 'ReduceProd', op.cast(x, 'INT64'));
  const isExact = op.binary(
    'And',
    op.binary('Less', value, op.scalar('INT64', 2 ** 53), { dtype: 'BOOL' }),
    op.binary('Greater', value, op.scalar('INT64', -(2 ** 53)), { dtype: 'BOOL' }),
  );
  return op.cast(valueIf(op, isExact, 'a product is beyond 2^53', value), x.dtype);
}
