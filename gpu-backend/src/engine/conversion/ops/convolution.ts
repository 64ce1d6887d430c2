import { derivedConstant } from '../constant.ts';
import { constantValue, type Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { transposed } from '../transposed.ts';
import { constantOf, type TensorValue } from '../value.ts';
import { throughKernels } from './widening.ts';
import { channelsBack, channelsFirst, padsOf, spatialEntries, type Windows } from './windows.ts';

/** Convolutions. TensorFlow's pictures are [n, h, w, c], ONNX's [n, c, h, w]: ONNX Runtime joins the transposes. */
export const CONVOLUTION_OPS: OpTable = {
  Conv2D: (op) => channelsBack(op, convolution(op, 2), 4),
  Conv3D: (op) => {
    refuseDilations(op);
    return channelsBack(op, convolution(op, 3), 5);
  },
  Conv: genericConvolution,
  DepthwiseConv2dNative: (op) => {
    refuseDilations(op);
    return channelsBack(op, depthwiseConvolution(op), 4);
  },
};

/** For ops whose kernels take none on CPUs. */
export function refuseDilations(op: Op): void {
  if (op.attributes.ints('dilations', []).some((dilation) => dilation !== 1)) {
    op.refuse('TensorFlow dilates its windows on GPUs only');
  }
}

/** The op for any number of spatial dimensions, in the form that the others have. */
function genericConvolution(op: Op): TensorValue {
  const rank = op.rank(op.tensor(0));
  const { attributes } = op;
  const isUsual =
    attributes.string('data_format', 'CHANNELS_LAST') === 'CHANNELS_LAST' &&
    attributes.int('batch_dims', 1) === 1 &&
    attributes.int('groups', 1) === 1;
  return isUsual && (rank === 4 || rank === 5)
    ? channelsBack(op, convolution(op, rank - 2), rank)
    : op.refuse('it is supported for 2 or 3 spatial dimensions, channels last, without groups');
}

/** x: [n, ...spatial, cIn], filter: [...spatial, cIn / groups, cOut], bias: [cOut] -> [n, cOut, ...spatial]. */
export function convolution(op: Op, spatial: number, bias?: TensorValue): TensorValue {
  const filter = op.tensor(1);
  const order = [spatial + 1, spatial, ...Array.from({ length: spatial }, (_, axis) => axis)];
  const groupsOf = (channels: number | null): number => {
    const taken = filter.shape?.[spatial] ?? null;
    return taken === null || channels === null ? op.refuse('the number of channels is unknown') : channels / taken;
  };
  return convolve(op, spatial, permuted(op, filter, order), groupsOf, bias);
}

/** filter: [h, w, cIn, multiplier], bias: [cIn * multiplier] -> [n, cIn * multiplier, h, w]. */
export function depthwiseConvolution(op: Op, bias?: TensorValue): TensorValue {
  const { filter, channels } = depthwiseFilter(op);
  return convolve(op, 2, filter, () => channels, bias);
}

/** The filter of a depthwise convolution, [cIn * multiplier, 1, h, w]. */
export function depthwiseFilter(op: Op): { readonly filter: TensorValue; readonly channels: number } {
  const [h, w, channels, multiplier] = op.tensor(1).shape ?? [];
  if (!h || !w || !channels || !multiplier) {
    return op.refuse('the shape of the filter is unknown');
  }
  const filter = reshaped(op, permuted(op, op.tensor(1), [2, 3, 0, 1]), [channels * multiplier, 1, h, w]);
  return { filter, channels };
}

/** A constant filter stays a constant: ONNX Runtime joins what follows a convolution into its weights. */
function reshaped(op: Op, filter: TensorValue, shape: readonly number[]): TensorValue {
  const constant = constantOf(filter);
  return constant === undefined
    ? op.reshape(filter, shape)
    : constantValue(derivedConstant(constant, `reshape ${shape.join(',')}`, shape, (tensor) => ({ ...tensor, shape })));
}

/** filter: [cOut, cIn / groups, ...spatial] -> [n, cOut, ...spatial]. */
function convolve(
  op: Op,
  spatial: number,
  filter: TensorValue,
  groupsOf: (channels: number | null) => number,
  bias?: TensorValue,
): TensorValue {
  const x = channelsFirst(op, op.tensor(0));
  const kernel = filter.shape?.slice(2) ?? [];
  if (!kernel.every((size) => size !== null)) {
    return op.refuse('the shape of the filter is unknown');
  }
  const group = groupsOf(x.shape?.[1] ?? null);
  if (!Number.isInteger(group) || (spatial === 3 && group !== 1)) {
    return op.refuse(`the filter's channels do not fit the ${x.shape?.[1]} of the input`);
  }
  const strides = spatialEntries(op, 'strides', op.attributes.ints('strides'), spatial);
  const dilations = spatialEntries(op, 'dilations', op.attributes.ints('dilations', []), spatial);
  const windows: Windows = { spatial, kernel, strides, dilations };
  const attributes = { kernel_shape: kernel, strides, dilations, group, ...padsOf(op, windows, x.shape) };
  const inputs = [x, filter, ...(bias === undefined ? [] : [bias])];
  return throughKernels(op, ['FP32'], inputs, (wide) => op.emit('Conv', wide, { attributes }));
}

/** `value` with its dimensions in another order; a constant is permuted when it is written. */
export function permuted(op: Op, value: TensorValue, order: readonly number[]): TensorValue {
  const constant = constantOf(value);
  if (constant === undefined) {
    return op.transpose(value, order);
  }
  const shape = order.map((axis) => constant.shape[axis] ?? 1);
  return constantValue(
    derivedConstant(constant, `transpose ${order.join(',')}`, shape, (tensor) => transposed(tensor, order)),
  );
}
