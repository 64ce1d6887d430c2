import type { Op } from '../op.ts';
import type { Shape, TensorValue } from '../value.ts';

/** How convolutions and poolings slide over the spatial dimensions; one entry for each of these. */
export interface Windows {
  readonly spatial: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

export type OnnxPads = { readonly auto_pad: string } | { readonly pads: readonly number[] };

/** Whether a format has the channels behind the batch (NCHW, NCDHW), as ONNX has them. */
export function isChannelsFirst(op: Op): boolean {
  return op.attributes.string('data_format', 'NHWC').startsWith('NC');
}

/** The entries of a list like strides, one per dimension of the input, that belong to the spatial dimensions. Others must be 1. */
export function spatialEntries(op: Op, name: string, entries: readonly number[], spatial: number): readonly number[] {
  if (entries.length === 0) {
    return new Array<number>(spatial).fill(1);
  }
  const start = isChannelsFirst(op) ? 2 : 1;
  const inside = entries.slice(start, start + spatial);
  const others = entries.filter((_, axis) => axis < start || axis >= start + spatial);
  return others.every((entry) => entry === 1)
    ? inside
    : op.refuse(`attribute ${name} reaches over batch or channels: ${entries.join(',')}`);
}

export function channelsFirst(op: Op, x: TensorValue): TensorValue {
  const rank = op.rank(x);
  return isChannelsFirst(op) ? x : op.transpose(x, [0, rank - 1, ...sequence(1, rank - 1)]);
}

/** The result of a node that was given channels first, as TensorFlow's node has it. */
export function channelsBack(op: Op, y: TensorValue, rank: number): TensorValue {
  return isChannelsFirst(op) ? y : op.transpose(y, [0, ...sequence(2, rank), 1]);
}

function sequence(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

/** ONNX's padding for TensorFlow's. `shape`: the input's, channels first. */
export function padsOf(op: Op, windows: Windows, shape: Shape): OnnxPads {
  const padding = op.attributes.string('padding');
  switch (padding) {
    case 'VALID':
      return { pads: new Array<number>(2 * windows.spatial).fill(0) };
    case 'SAME':
      return samePads(op, windows, shape);
    case 'EXPLICIT':
      return explicitPads(op, windows.spatial);
    default:
      return op.refuse(`padding ${padding} is not supported`);
  }
}

/** Written out where the size does not matter or is known: ONNX Runtime takes no automatic padding with dilations. */
function samePads(op: Op, { spatial, kernel, strides, dilations }: Windows, shape: Shape): OnnxPads {
  const reaches = kernel.map((size, axis) => (size - 1) * (dilations[axis] ?? 1) + 1);
  const totals = reaches.map((reach, axis) => {
    const stride = strides[axis] ?? 1;
    const input = shape?.[axis + 2] ?? null;
    if (stride === 1 || reach === 1) {
      return reach - 1;
    }
    return input === null ? undefined : Math.max((Math.ceil(input / stride) - 1) * stride + reach - input, 0);
  });
  if (totals.every((total) => total !== undefined)) {
    const before = totals.map((total) => Math.floor(total / 2));
    return { pads: [...before, ...totals.map((total, axis) => total - (before[axis] ?? 0))] };
  }
  const isAutomatic = dilations.every((dilation) => dilation === 1);
  const isPadded = reaches.every((reach, axis) => reach >= (strides[axis] ?? 1)); // else it may come out negative
  return isAutomatic && isPadded
    ? { auto_pad: 'SAME_UPPER' }
    : op.refuse(`padding SAME of these windows over ${spatial} dimensions whose sizes are only known at run time`);
}

function explicitPads(op: Op, spatial: number): OnnxPads {
  const all = op.attributes.ints('explicit_paddings');
  const start = isChannelsFirst(op) ? 2 : 1;
  const pairs = Array.from({ length: spatial }, (_, axis) => all.slice(2 * (start + axis), 2 * (start + axis) + 2));
  return { pads: [...pairs.map(([before = 0]) => before), ...pairs.map(([, after = 0]) => after)] };
}
