import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { permuted } from './convolution.ts';
import { channelsBack, channelsFirst, isChannelsFirst, spatialEntries } from './windows.ts';

/** Convolutions read backwards, which layers use to enlarge pictures. */
export const TRANSPOSED_CONVOLUTION_OPS: OpTable = {
  Conv2DBackpropInput: (op) => transposedConvolution(op, 2),
  Conv3DBackpropInputV2: (op) => transposedConvolution(op, 3),
};

interface Geometry {
  readonly spatial: number;
  readonly strides: readonly number[];
  /** Elements that a window reaches over, dilation included. */
  readonly reach: readonly number[];
  readonly dilations: readonly number[];
}

/** sizes of the result, filter: [...spatial, cOut, cIn], x: [n, ...spatial, cIn] -> [n, ...sizes, cOut]. */
function transposedConvolution(op: Op, spatial: number): TensorValue {
  const x = channelsFirst(op, op.tensor(2));
  const order = [spatial + 1, spatial, ...Array.from({ length: spatial }, (_, axis) => axis)];
  const filter = permuted(op, op.tensor(1), order);
  const kernel = filter.shape?.slice(2) ?? [];
  if (x.dtype !== 'FP32' && x.dtype !== 'FP16' && x.dtype !== 'BF16') {
    return op.refuse(`dtype ${x.dtype} is not supported`);
  }
  if (!kernel.every((size) => size !== null) || filter.shape?.[0] !== x.shape?.[1]) {
    return op.refuse('the shape of the filter is unknown, or it has groups');
  }
  const strides = spatialEntries(op, 'strides', op.attributes.ints('strides'), spatial);
  const dilations = spatialEntries(op, 'dilations', op.attributes.ints('dilations', []), spatial);
  const reach = kernel.map((size, axis) => (size - 1) * (dilations[axis] ?? 1) + 1);
  const geometry = { spatial, strides, dilations, reach };
  const attributes = { kernel_shape: kernel, strides, dilations };
  const whole = op.emit('ConvTranspose', [x, filter], { attributes });
  return channelsBack(op, cut(op, geometry, x, whole), spatial + 2);
}

/**
 * `whole` is the result of a convolution without padding: what padding would have taken away is cut off, what no
 * window reaches is 0. Works with sizes as they come: known ones fold.
 */
function cut(op: Op, { spatial, strides, reach }: Geometry, x: TensorValue, whole: TensorValue): TensorValue {
  const sizes = spatialSizes(op, spatial);
  const inputs = x.shape?.slice(2) ?? [];
  const known = sizes.elements;
  if (known?.every((size) => size !== null) && inputs.every((size) => size !== null)) {
    const full = inputs.map((size, axis) => (size - 1) * (strides[axis] ?? 1) + (reach[axis] ?? 1));
    const surplus = full.map((size, axis) => size - (known[axis] ?? 0));
    const before = beforeOf(op, surplus);
    const after = surplus.map((one, axis) => one - (before[axis] ?? 0));
    const negated = [0, 0, ...before, 0, 0, ...after].map((one) => (one === 0 ? 0 : -one)); // negative padding cuts
    return negated.every((one) => one === 0) ? whole : op.emit('Pad', [whole, op.int64s(negated)]);
  }
  const shape = op.emit('Slice', [op.shapeOf(x), op.int64s([2]), op.int64s([spatial + 2])], { shape: [spatial] });
  const steps = op.emit('Mul', [op.emit('Sub', [shape, op.int64s(strides.map(() => 1))]), op.int64s(strides)]);
  const surplus = op.emit('Sub', [op.emit('Add', [steps, op.int64s(reach)]), sizes], { shape: [spatial] });
  const zero = op.int64s(strides.map(() => 0));
  const before = op.attributes.string('padding') === 'SAME' ? halfOf(op, surplus, zero) : zero;
  if (op.attributes.string('padding') === 'EXPLICIT') {
    return op.refuse('explicit padding of sizes that are only known at run time');
  }
  const front = op.int64s([0, 0]);
  const pads = op.emit(
    'Concat',
    [front, op.emit('Neg', [before]), front, op.emit('Neg', [op.emit('Sub', [surplus, before])])],
    { attributes: { axis: 0 } },
  );
  return op.emit('Pad', [whole, pads]);
}

/** The half of the surplus that comes first, and none of what is missing. */
function halfOf(op: Op, surplus: TensorValue, zero: TensorValue): TensorValue {
  return op.emit('Div', [op.emit('Max', [surplus, zero]), op.int64s([2])]);
}

function beforeOf(op: Op, surplus: readonly number[]): readonly number[] {
  switch (op.attributes.string('padding')) {
    case 'SAME':
      return surplus.map((one) => Math.floor(Math.max(one, 0) / 2));
    case 'VALID':
      return surplus.map(() => 0);
    case 'EXPLICIT': {
      const start = isChannelsFirst(op) ? 2 : 1;
      const paddings = op.attributes.ints('explicit_paddings');
      return surplus.map((_, axis) => paddings[2 * (start + axis)] ?? 0);
    }
    default:
      return op.refuse('its padding is not supported');
  }
}

/** The wanted sizes, INT64; they are given for all dimensions, or for the spatial ones only. */
function spatialSizes(op: Op, spatial: number): TensorValue {
  const sizes = op.tensor(0);
  const start = sizes.shape?.[0] === spatial ? 0 : isChannelsFirst(op) ? 2 : 1;
  const known = sizes.elements?.slice(start, start + spatial);
  if (known?.every((size) => size !== null)) {
    return op.int64s(known);
  }
  const ends = op.int64s([start + spatial]);
  return op.emit('Slice', [op.cast(sizes, 'INT64'), op.int64s([start]), ends], { shape: [spatial] });
}
