import type { NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { formatStaticShape, sizeOf } from '../shape.ts';
import type { Elements, Shape, TensorValue, Value } from '../value.ts';
import { valueIf } from './run-time-check.ts';

/** Ops that ask for shapes, give the same elements another shape, or make tensors of a shape. */
export const ARRAY_OPS: OpTable = {
  Identity: (op) => op.value(0),
  IdentityN: (op) => op.inputs,
  StopGradient: (op) => op.value(0),
  PreventGradient: (op) => op.value(0),
  Snapshot: (op) => op.value(0),
  GuaranteeConst: (op) => op.value(0),
  DeepCopy: (op) => op.value(0),
  PlaceholderWithDefault: (op) => op.value(0),
  EnsureShape: ensureShape,
  Shape: (op) => shapeOf(op, op.tensor(0)),
  ShapeN: (op) => op.tensors().map((x) => shapeOf(op, x)),
  Size: size,
  Rank: (op) => op.scalar('INT32', op.rank(op.tensor(0))),
  Reshape: reshape,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  BroadcastTo: broadcastTo,
  BroadcastArgs: broadcastArgs,
  Fill: fill,
  Empty: (op) => filled(op, op.scalar(op.attributes.type('dtype') as NumericDType, 0), op.tensor(0)),
  ZerosLike: (op) => filledLike(op, 0),
  OnesLike: (op) => filledLike(op, 1),
};

function shapeOf(op: Op, x: TensorValue): TensorValue {
  return op.cast(op.shapeOf(x), op.attributes.type('out_type', 'INT32'));
}

function size(op: Op): TensorValue {
  const counted = op.emit('Size', [op.tensor(0)], { dtype: 'INT64', shape: [] });
  return op.cast(counted, op.attributes.type('out_type', 'INT32'));
}

function ensureShape(op: Op): TensorValue {
  const x = op.tensor(0);
  const wanted = op.attributes.shape('shape');
  if (wanted === null) {
    return x;
  }
  const shape = op.rank(x) === wanted.length ? x.shape : op.refuse(`rank ${op.rank(x)} is not ${wanted.length}`);
  const axes = wanted.flatMap((one, axis) => (one === null || one === shape?.[axis] ? [] : [axis]));
  if (axes.length === 0) {
    return x;
  }
  const sizes = op.emit('Gather', [op.shapeOf(x), op.int64s(axes)], { shape: [axes.length] });
  const holds = op.binary('Equal', sizes, op.int64s(axes.map((axis) => wanted[axis] ?? 0)), { dtype: 'BOOL' });
  return valueIf(op, holds, `the shape is not compatible with ${formatStaticShape(wanted)}`, x);
}

function reshape(op: Op): TensorValue {
  const x = op.tensor(0);
  const wanted = op.tensor(1);
  const sizes = wanted.elements === undefined ? undefined : knownSizes(op, x.shape, wanted.elements);
  return sizes === undefined
    ? op.emit('Reshape', [x, op.cast(wanted, 'INT64')], { attributes: { allowzero: 1 } })
    : op.reshape(x, sizes);
}

/**
 * The sizes with at most one -1, which is what is left; undefined when they are only known at run time. A size that
 * depends on the request is what is left when it can only be the one unknown dimension of `shape`.
 */
function knownSizes(op: Op, shape: Shape, wanted: Elements): readonly number[] | undefined {
  if (wanted.some((size) => size !== null && size < -1) || wanted.filter((size) => size === -1).length > 1) {
    return op.refuse(`sizes ${wanted} are no shape`);
  }
  const openAt = wanted.indexOf(-1);
  const unknown = wanted.filter((size) => size === null).length;
  if (openAt >= 0 && unknown === 0 && wanted.includes(0)) {
    const others = [
      productOf(shape?.filter((size) => size !== 0) ?? [null]),
      productOf(wanted.filter((one) => one !== 0)),
    ];
    const [inner, outer] = others;
    return inner === null || inner === undefined || !outer
      ? op.refuse('sizes 0 and -1 stand together')
      : (wanted.with(openAt, -inner / outer) as number[]);
  }
  if (unknown === 0) {
    return wanted as readonly number[]; // no null in it
  }
  const rest = productOf(wanted.filter((size) => size !== null));
  const isOnlyOne = unknown === 1 && openAt < 0 && shape?.filter((size) => size === null).length === 1;
  return isOnlyOne && rest === productOf(shape.filter((size) => size !== null)) && rest !== 0
    ? wanted.map((size) => size ?? -1)
    : undefined;
}

function productOf(sizes: Elements): number | null {
  return sizes.reduce<number | null>((product, size) => (product === null || size === null ? null : product * size), 1);
}

/** ONNX broadcasts both ways: a result of another shape is reshaped to what it cannot be. */
function broadcastTo(op: Op): TensorValue {
  const x = op.tensor(0);
  const shape = op.tensor(1).elements ?? null;
  const wanted = op.cast(op.tensor(1), 'INT64');
  const missing = (shape?.length ?? 0) - (x.shape?.length ?? 0);
  const fits =
    shape !== null &&
    missing >= 0 &&
    x.shape?.every((size, axis) => size === 1 || (size !== null && size === shape[axis + missing]));
  const y = op.emit('Expand', [x, wanted], { shape });
  return fits ? y : op.emit('Reshape', [y, wanted], { attributes: { allowzero: 1 }, shape });
}

/** s0, s1: vectors. */
function broadcastArgs(op: Op): TensorValue {
  const [a, b] = [op.tensor(0), op.tensor(1)];
  const scalar = op.scalar('BOOL', 0);
  const both = op.emit('Expand', [op.emit('Expand', [scalar, op.cast(a, 'INT64')]), op.cast(b, 'INT64')]);
  return op.cast(op.emit('Shape', [both], { dtype: 'INT64', shape: [null] }), a.dtype);
}

function expandDims(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const axis = op.element(1);
  const at = axis < 0 ? axis + rank + 1 : axis;
  if (at < 0 || at > rank) {
    return op.refuse(`axis ${axis} is outside of rank ${rank}`);
  }
  return unsqueeze(op, x, [at]);
}

/** `x` with dimensions of 1 at these positions of the result. */
export function unsqueeze(op: Op, x: TensorValue, axes: readonly number[]): TensorValue {
  const shape = x.shape === null ? null : [...x.shape];
  for (const axis of axes.toSorted((a, b) => a - b)) {
    shape?.splice(axis, 0, 1);
  }
  return op.emit('Unsqueeze', [x, op.int64s(axes)], { shape });
}

/** `x` without these dimensions, all of 1. */
export function squeezed(op: Op, x: TensorValue, axes: readonly number[]): TensorValue {
  const shape = x.shape?.filter((_, axis) => !axes.includes(axis)) ?? null;
  return axes.length === 0 ? x : op.emit('Squeeze', [x, op.int64s(axes)], { shape });
}

function squeeze(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  const named = op.attributes.ints('squeeze_dims', op.attributes.ints('axis', []));
  const axes = named.map((axis) => (axis < 0 ? axis + rank : axis));
  if (axes.length > 0) {
    return squeezed(op, x, [...new Set(axes)]);
  }
  if (x.shape?.includes(null)) {
    return op.refuse('which dimensions are 1 is only known at run time');
  }
  return squeezed(
    op,
    x,
    (x.shape ?? []).flatMap((one, axis) => (one === 1 ? [axis] : [])),
  );
}

function fill(op: Op): TensorValue {
  return filled(op, op.tensor(1), op.tensor(0));
}

/** A tensor of this shape (an integer vector) with `value` everywhere. */
export function filled(op: Op, value: TensorValue, shape: TensorValue): TensorValue {
  const known = shape.elements ?? null;
  return op.emit('Expand', [value, op.cast(shape, 'INT64')], { shape: known });
}

function filledLike(op: Op, number: number): Value {
  const x = op.tensor(0);
  if (x.dtype === 'STRING') {
    return op.refuse('strings are not supported');
  }
  const scalar = op.scalar(x.dtype, number);
  return sizeOf(x.shape) === 1 && x.shape?.length === 0 ? scalar : filled(op, scalar, op.shapeOf(x));
}
