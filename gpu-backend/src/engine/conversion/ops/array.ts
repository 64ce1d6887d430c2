import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { sizeOf } from '../shape.ts';
import type { TensorValue, Value } from '../value.ts';

/** Ops that ask for shapes, give the same elements another shape, or make tensors of a shape. */
export const ARRAY_OPS: OpTable = {
  Identity: (op) => op.value(0),
  IdentityN: (op) => op.inputs,
  StopGradient: (op) => op.value(0),
  PreventGradient: (op) => op.value(0),
  Snapshot: (op) => op.value(0),
  EnsureShape: ensureShape,
  Shape: (op) => shapeOf(op, op.tensor(0)),
  ShapeN: (op) => op.tensors().map((x) => shapeOf(op, x)),
  Size: size,
  Rank: (op) => op.scalar('INT32', op.rank(op.tensor(0))),
  Reshape: reshape,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  BroadcastTo: (op) => op.emit('Expand', [op.tensor(0), op.cast(op.tensor(1), 'INT64')]),
  Fill: fill,
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

/** Refused when the recorded shapes do not show that it holds: a graph would not complain. */
function ensureShape(op: Op): TensorValue {
  const x = op.tensor(0);
  const wanted = op.attributes.shape('shape');
  const holds =
    wanted === null ||
    (x.shape?.length === wanted.length && wanted.every((one, axis) => one === null || one === x.shape?.[axis]));
  return holds ? x : op.refuse('the shape is only known at run time');
}

function reshape(op: Op): TensorValue {
  const x = op.tensor(0);
  const wanted = op.tensor(1);
  const { elements } = wanted;
  const open = elements?.filter((one) => one === null || one < 0).length ?? Number.POSITIVE_INFINITY;
  if (elements !== undefined && open <= 1 && elements.every((one) => one === null || one >= -1)) {
    return op.reshape(
      x,
      elements.map((one) => one ?? -1),
    );
  }
  return op.emit('Reshape', [x, op.cast(wanted, 'INT64')], { attributes: { allowzero: 1 } });
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
