import type { DType, NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { Shape, TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { isAtMost } from './index-arithmetic.ts';
import { valueIf } from './run-time-check.ts';
import { axisOf } from './slicing.ts';
import { throughKernels } from './widening.ts';

/** Ops that put tensors together, repeat, pad and reorder them. */
export const JOINING_OPS: OpTable = {
  Pack: pack,
  ConcatV2: (op) => concat(op, op.tensors(0, op.inputs.length - 1), op.element(op.inputs.length - 1)),
  Concat: (op) => concat(op, op.tensors(1), op.element(0)),
  Tile: tile,
  Transpose: transpose,
  ConjugateTranspose: transpose,
  Pad: (op) => pad(op, undefined),
  PadV2: (op) => pad(op, op.tensor(2)),
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

/** What ONNX Runtime pads. */
export const PADDED: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64', 'UINT32', 'UINT64', 'INT8', 'UINT8', 'BOOL'];

/** paddings: [rank, 2]. */
function pad(op: Op, value: TensorValue | undefined): TensorValue {
  const x = op.tensor(0);
  const { elements } = op.tensor(1);
  if (elements?.some((one) => one !== null && one < 0)) {
    return op.refuse('paddings are negative');
  }
  if (x.shape?.length === 0) {
    return x;
  }
  const filler = value ?? op.scalar(x.dtype as NumericDType, 0); // strings never come to a graph
  const padded = throughKernels(op, PADDED, [x, filler], ([wide = x, number = filler]) =>
    op.emit('Pad', [wide, padsOf(op), number], {
      attributes: { mode: 'constant' },
      shape: paddedShape(op),
    }),
  );
  if (elements?.every((one) => one !== null)) {
    return padded;
  }
  const paddings = op.cast(op.tensor(1), 'INT64');
  return valueIf(op, isAtMost(op, 0, paddings), 'Paddings must be non-negative', padded);
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
