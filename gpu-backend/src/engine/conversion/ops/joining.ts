import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { Shape, TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { axisOf } from './slicing.ts';

/** Ops that put tensors together, repeat, pad and reorder them. */
export const JOINING_OPS: OpTable = {
  Pack: pack,
  ConcatV2: (op) => concat(op, op.tensors(0, op.inputs.length - 1), op.element(op.inputs.length - 1)),
  Concat: (op) => concat(op, op.tensors(1), op.element(0)),
  Tile: tile,
  Transpose: transpose,
  Pad: (op) => pad(op, undefined),
  PadV2: (op) => pad(op, op.tensor(2)),
  MirrorPad: mirrorPad,
};

function pack(op: Op): TensorValue {
  const parts = op.tensors();
  const rank = op.rank(parts[0] ?? op.tensor(0)) + 1;
  const axis = axisOf(op, op.attributes.int('axis', 0), rank);
  const lifted = parts.map((part) => unsqueeze(op, part, [axis]));
  const shape = lifted[0]?.shape?.with(axis, parts.length) ?? null;
  return lifted.length === 1 && lifted[0] ? lifted[0] : op.emit('Concat', lifted, { attributes: { axis }, shape });
}

function concat(op: Op, parts: readonly TensorValue[], axis: number): TensorValue {
  const [first] = parts;
  if (first === undefined || parts.length === 1) {
    return first ?? op.refuse('there is nothing to concatenate');
  }
  const at = axisOf(op, axis, op.rank(first));
  return op.emit('Concat', parts, { attributes: { axis: at }, shape: concatenatedShape(parts, at) });
}

function concatenatedShape(parts: readonly TensorValue[], axis: number): Shape {
  const sizes = parts.map(({ shape }) => shape?.[axis] ?? null);
  const sum = sizes.includes(null) ? null : sizes.reduce<number>((total, size) => total + (size ?? 0), 0);
  return parts[0]?.shape?.with(axis, sum) ?? null;
}

function tile(op: Op): TensorValue {
  const x = op.tensor(0);
  const repeats = op.tensor(1);
  const shape = x.shape?.map((size, axis) => {
    const times = repeats.elements?.[axis] ?? null;
    return size === null || times === null ? null : size * times;
  });
  return op.emit('Tile', [x, op.cast(repeats, 'INT64')], { shape: shape ?? null });
}

function transpose(op: Op): TensorValue {
  const x = op.tensor(0);
  const rank = op.rank(x);
  return op.transpose(
    x,
    op.elements(1).map((axis) => axisOf(op, axis, rank)),
  );
}

/** A constant 0 before a MaxPool is a trap of ONNX Runtime: it joins the two, and MaxPool's padding is not 0. */
const ALMOST_ZERO = 1e-30;

/** paddings: [rank, 2]. */
function pad(op: Op, value: TensorValue | undefined): TensorValue {
  const x = op.tensor(0);
  const isFloat = x.dtype === 'FP32' || x.dtype === 'BF16';
  const filler = value ?? (isFloat ? op.scalar(x.dtype, ALMOST_ZERO) : undefined);
  return op.emit('Pad', [x, padsOf(op), filler], { attributes: { mode: 'constant' }, shape: paddedShape(op) });
}

function mirrorPad(op: Op): TensorValue {
  if (op.attributes.string('mode') !== 'REFLECT') {
    return op.refuse('only mode REFLECT is supported');
  }
  return op.emit('Pad', [op.tensor(0), padsOf(op)], { attributes: { mode: 'reflect' }, shape: paddedShape(op) });
}

/** ONNX has all beginnings before all ends. */
function padsOf(op: Op): TensorValue {
  const rank = op.rank(op.tensor(0));
  const paddings = op.tensor(1);
  if (paddings.elements?.every((one) => one !== null)) {
    const all = paddings.elements as readonly number[]; // no null in it
    return op.int64s([...all.filter((_, index) => index % 2 === 0), ...all.filter((_, index) => index % 2 === 1)]);
  }
  return op.reshape(op.transpose(op.cast(paddings, 'INT64'), [1, 0]), [2 * rank]);
}

function paddedShape(op: Op): Shape {
  const { shape } = op.tensor(0);
  const { elements } = op.tensor(1);
  return (
    shape?.map((size, axis) => {
      const before = elements?.[2 * axis] ?? null;
      const after = elements?.[2 * axis + 1] ?? null;
      return size === null || before === null || after === null ? null : size + before + after;
    }) ?? null
  );
}
