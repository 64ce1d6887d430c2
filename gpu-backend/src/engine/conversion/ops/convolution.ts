import { derivedConstant } from '../constant.ts';
import { constantValue, type Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import { transposed } from '../transposed.ts';
import { constantOf, type TensorValue } from '../value.ts';
import { throughKernels } from './widening.ts';
import { channelsBack, channelsFirst, padsOf, spatialEntries, type Windows } from './windows.ts';

/** Convolutions. TensorFlow's pictures are [n, h, w, c], ONNX's [n, c, h, w]: ONNX Runtime joins the transposes. */
export const CONVOLUTION_OPS: OpTable = {
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  DepthwiseConv2dNative: (op) => depthwise(op),
};

/** x: [n, ...spatial, cIn], filter: [...spatial, cIn / groups, cOut]. */
function convolution(spatial: number): OpHandler {
  return (op) => {
    const filter = op.tensor(1);
    const order = [spatial + 1, spatial, ...Array.from({ length: spatial }, (_, axis) => axis)];
    return convolve(op, spatial, permuted(op, filter, order), (channels) => {
      const taken = filter.shape?.[spatial] ?? null;
      return taken === null || channels === null ? op.refuse('the number of channels is unknown') : channels / taken;
    });
  };
}

/** filter: [h, w, cIn, multiplier]. */
function depthwise(op: Op): TensorValue {
  const filter = op.tensor(1);
  const [h, w, channels, multiplier] = filter.shape ?? [];
  if (!h || !w || !channels || !multiplier) {
    return op.refuse('the shape of the filter is unknown');
  }
  const shape = [channels * multiplier, 1, h, w];
  return convolve(op, 2, reshaped(op, permuted(op, filter, [2, 3, 0, 1]), shape), () => channels);
}

/** A constant filter stays a constant: ONNX Runtime joins what follows a convolution into its weights. */
function reshaped(op: Op, filter: TensorValue, shape: readonly number[]): TensorValue {
  const constant = constantOf(filter);
  return constant === undefined
    ? op.reshape(filter, shape)
    : constantValue(derivedConstant(constant, `reshape ${shape.join(',')}`, shape, (tensor) => ({ ...tensor, shape })));
}

/** filter: [cOut, cIn / groups, ...spatial]. */
function convolve(
  op: Op,
  spatial: number,
  filter: TensorValue,
  groupsOf: (channels: number | null) => number,
): TensorValue {
  const input = op.tensor(0);
  const rank = spatial + 2;
  const x = channelsFirst(op, input);
  const kernel = filter.shape?.slice(2) ?? [];
  if (!kernel.every((size) => size !== null)) {
    return op.refuse('the shape of the filter is unknown');
  }
  const strides = spatialEntries(op, 'strides', op.attributes.ints('strides'), spatial);
  const dilations = spatialEntries(op, 'dilations', op.attributes.ints('dilations', []), spatial);
  const windows: Windows = { spatial, kernel, strides, dilations };
  const attributes = {
    kernel_shape: kernel,
    strides,
    dilations,
    group: groupsOf(x.shape?.[1] ?? null),
    ...padsOf(op, windows, x.shape),
  };
  const y = throughKernels(op, ['FP32'], [x, filter], ([pictures = x, weights = filter]) =>
    op.emit('Conv', [pictures, weights], { attributes }),
  );
  return channelsBack(op, y, rank);
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
