import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { Shape, TensorValue } from '../value.ts';
import { depthwiseFilter, permuted, refuseDilations } from './convolution.ts';
import { valueIf } from './run-time-check.ts';
import { throughKernels } from './widening.ts';
import { channelsBack, channelsFirst, isChannelsFirst, spatialEntries } from './windows.ts';

/** Convolutions read backwards, which layers use to enlarge pictures. */
export const TRANSPOSED_CONVOLUTION_OPS: OpTable = {
  Conv2DBackpropInput: (op) => transposedConvolution(op, 2),
  Conv3DBackpropInputV2: (op) => transposedConvolution(op, 3),
  DepthwiseConv2dNativeBackpropInput: (op) => {
    const { filter, channels } = depthwiseFilter(op);
    return transposedBy(op, 2, filter, channels);
  },
};

/** What the result and the windows have along the spatial dimensions, one entry for each. */
interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** Of the convolution that is read backwards. */
  readonly padding: Padding;
}

type Padding =
  | { readonly kind: 'SAME' | 'VALID' }
  | { readonly kind: 'EXPLICIT'; readonly before: readonly number[]; readonly after: readonly number[] };

/** sizes of the result, filter: [...spatial, cOut, cIn], x: [n, ...spatial, cIn] -> [n, ...sizes, cOut]. */
function transposedConvolution(op: Op, spatial: number): TensorValue {
  const order = [spatial + 1, spatial, ...Array.from({ length: spatial }, (_, axis) => axis)];
  const filter = permuted(op, op.tensor(1), order);
  const taken = filter.shape?.[0] ?? null;
  return taken === null || op.tensor(2).shape?.[isChannelsFirst(op) ? 1 : spatial + 1] !== taken
    ? op.refuse('the number of channels is unknown, or not that of the filter')
    : transposedBy(op, spatial, filter, 1);
}

/** filter: [cIn, cOut / group, ...spatial]. */
function transposedBy(op: Op, spatial: number, filter: TensorValue, group: number): TensorValue {
  refuseDilations(op);
  const kernel = filter.shape?.slice(2) ?? [];
  const channels = filter.shape?.[1] ?? null;
  if (!kernel.every((size) => size !== null) || channels === null) {
    return op.refuse('the shape of the filter is unknown');
  }
  const strides = spatialEntries(op, 'strides', op.attributes.ints('strides'), spatial);
  const geometry = { kernel, strides, padding: paddingOf(op, spatial) };
  const input = channelsFirst(op, op.tensor(2));
  const sizes = wantedSizes(op, spatial);
  const x = fitting(op, geometry, input, sizes, channels * group);
  const y = throughKernels(op, ['FP32'], [x, filter], (inputs) => enlarged(op, geometry, inputs, sizes.spatial, group));
  return channelsBack(op, y, spatial + 2);
}

interface WantedSizes {
  /** INT64 of rank 1, as far as known with elements. */
  readonly spatial: TensorValue;
  /** INT64 [batch, channels]; undefined when only the spatial sizes are given. */
  readonly others: TensorValue | undefined;
}

function wantedSizes(op: Op, spatial: number): WantedSizes {
  const sizes = op.cast(op.tensor(0), 'INT64');
  const known = op.tensor(0).elements;
  const picked = (axes: readonly number[]): TensorValue => {
    const elements = known === undefined ? axes.map(() => null) : axes.map((axis) => known[axis] ?? null);
    return elements.every((size) => size !== null)
      ? op.int64s(elements)
      : { ...op.emit('Gather', [sizes, op.int64s(axes)], { shape: [axes.length] }), elements };
  };
  const axes = Array.from({ length: spatial }, (_, axis) => axis);
  if (sizes.shape?.[0] === spatial) {
    return { spatial: picked(axes), others: undefined };
  }
  const start = isChannelsFirst(op) ? 2 : 1;
  const channel = isChannelsFirst(op) ? 1 : spatial + 1;
  return { spatial: picked(axes.map((axis) => axis + start)), others: picked([0, channel]) };
}

/** `x`, channels first; a run fails when a convolution of what is wanted would have another shape. */
function fitting(op: Op, geometry: Geometry, x: TensorValue, sizes: WantedSizes, channels: number): TensorValue {
  const message = 'the input has not the shape that a convolution of the wanted sizes would have';
  const [batch = null, , ...inputs] = x.shape ?? [];
  const known = sizes.spatial.elements ?? [];
  const others = sizes.others?.elements ?? [batch, channels];
  const pairs = [
    ...inputs.map((size, axis) => [size, forwardSize(op, geometry, axis, known[axis] ?? null)] as const),
    [batch, others[0] ?? null] as const,
    [channels, others[1] ?? null] as const,
  ];
  if (pairs.some(([a, b]) => a !== null && b !== null && a !== b)) {
    return op.refuse(message);
  }
  if (pairs.every(([a, b]) => a !== null && a === b) || (sizes.others === undefined && sameShapes(inputs, pairs))) {
    return x;
  }
  const spatial = geometry.kernel.length;
  const shape = op.shapeOf(x);
  const own = op.emit('Slice', [shape, op.int64s([2]), op.int64s([spatial + 2])], { shape: [spatial] });
  const isSize = op.binary('Equal', own, forwardSizes(op, geometry, sizes.spatial), { dtype: 'BOOL' });
  const checked = valueIf(op, isSize, message, x);
  if (sizes.others === undefined) {
    return checked;
  }
  const outer = op.emit('Slice', [shape, op.int64s([0]), op.int64s([1])], { shape: [1] });
  const expected = op.emit('Concat', [outer, op.int64s([channels])], { attributes: { axis: 0 }, shape: [2] });
  return valueIf(op, op.binary('Equal', expected, sizes.others, { dtype: 'BOOL' }), message, checked);
}

function sameShapes(inputs: Shape, pairs: readonly (readonly [number | null, number | null])[]): boolean {
  return inputs?.every((size, axis) => size !== null && pairs[axis]?.[1] === size) ?? false;
}

/** What a convolution makes of `size`. */
function forwardSize(op: Op, { kernel, strides, padding }: Geometry, axis: number, size: number | null): number | null {
  const stride = strides[axis] ?? op.refuse('attribute strides is too short');
  if (size === null) {
    return null;
  }
  if (padding.kind === 'SAME') {
    return Math.ceil(size / stride);
  }
  const added = padding.kind === 'EXPLICIT' ? (padding.before[axis] ?? 0) + (padding.after[axis] ?? 0) : 0;
  return Math.floor((size + added - (kernel[axis] ?? 1)) / stride) + 1;
}

/** The same in the graph; sizes too small for a window come out as 0 or negative, which no input has. */
function forwardSizes(op: Op, { kernel, strides, padding }: Geometry, sizes: TensorValue): TensorValue {
  const added = kernel.map((size, axis) => {
    const stride = strides[axis] ?? 1;
    const pads = padding.kind === 'EXPLICIT' ? (padding.before[axis] ?? 0) + (padding.after[axis] ?? 0) : 0;
    return padding.kind === 'SAME' ? stride - 1 : pads - size + stride;
  });
  return op.emit('Div', [op.emit('Add', [sizes, op.int64s(added)]), op.int64s(strides)], { shape: sizes.shape });
}

/**
 * The convolution without padding, of which what padding would have taken away is cut off; what no window reaches is 0.
 * inputs: x and filter.
 */
function enlarged(
  op: Op,
  { kernel, strides, padding }: Geometry,
  inputs: readonly TensorValue[],
  sizes: TensorValue,
  group: number,
): TensorValue {
  const attributes = { kernel_shape: kernel, strides, group };
  const [x] = inputs as [TensorValue];
  const own = x.shape?.slice(2) ?? [];
  const known = sizes.elements;
  if (known?.every((size) => size !== null) && own.every((size) => size !== null)) {
    const full = own.map((size, axis) => (size - 1) * (strides[axis] ?? 1) + (kernel[axis] ?? 1));
    const surplus = full.map((size, axis) => size - (known[axis] ?? 0));
    const before = surplus.map((one, axis) => beforeOf(padding, axis, one));
    const after = surplus.map((one, axis) => one - (before[axis] ?? 0));
    const missing = after.map((one) => Math.max(-one, 0));
    if (missing.every((one, axis) => one < (strides[axis] ?? 1))) {
      const pads = [...before, ...after.map((one) => Math.max(one, 0))];
      return op.emit('ConvTranspose', inputs, { attributes: { ...attributes, pads, output_padding: missing } });
    }
    const negated = [0, 0, ...before, 0, 0, ...after].map((one) => (one === 0 ? 0 : -one)); // negative padding cuts
    return op.emit('Pad', [op.emit('ConvTranspose', inputs, { attributes }), op.int64s(negated)]);
  }
  const whole = op.emit('ConvTranspose', inputs, { attributes });
  const spatial = kernel.length;
  const full = op.emit(
    'Slice',
    [op.emit('Shape', [whole], { dtype: 'INT64' }), op.int64s([2]), op.int64s([spatial + 2])],
    { shape: [spatial] },
  );
  const surplus = op.emit('Sub', [full, sizes], { shape: [spatial] });
  const zero = op.int64s(strides.map(() => 0));
  const half = op.emit('Div', [op.emit('Max', [surplus, zero]), op.int64s([2])]);
  const before = padding.kind === 'SAME' ? half : op.int64s(strides.map((_, axis) => beforeOf(padding, axis, 0)));
  const front = op.int64s([0, 0]);
  const after = op.emit('Neg', [op.emit('Sub', [surplus, before])]);
  const pads = op.emit('Concat', [front, op.emit('Neg', [before]), front, after], { attributes: { axis: 0 } });
  return op.emit('Pad', [whole, pads]);
}

function beforeOf(padding: Padding, axis: number, surplus: number): number {
  switch (padding.kind) {
    case 'SAME':
      return Math.floor(Math.max(surplus, 0) / 2);
    case 'VALID':
      return 0;
    case 'EXPLICIT':
      return padding.before[axis] ?? 0;
  }
}

function paddingOf(op: Op, spatial: number): Padding {
  const kind = op.attributes.string('padding');
  if (kind === 'SAME' || kind === 'VALID') {
    return { kind };
  }
  if (kind !== 'EXPLICIT') {
    return op.refuse(`padding ${kind} is not supported`);
  }
  const start = isChannelsFirst(op) ? 2 : 1;
  const all = op.attributes.ints('explicit_paddings').slice(2 * start, 2 * (start + spatial));
  return { kind, before: all.filter((_, index) => index % 2 === 0), after: all.filter((_, index) => index % 2 === 1) };
}
