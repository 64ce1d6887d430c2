import type { DType } from '@tensorfleet/core';
import type { EmitOptions, Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { throughKernels } from './widening.ts';
import { channelsBack, channelsFirst, isChannelsFirst, padsOf, spatialEntries } from './windows.ts';

/** Poolings over windows; padding never counts. */
export const POOLING_OPS: OpTable = {
  MaxPool: pooling('MaxPool', 2, ['FP32', 'FP64', 'INT8', 'UINT8']),
  MaxPoolV2: maxPoolV2,
  MaxPool3D: pooling('MaxPool', 3, ['FP32', 'FP64']),
  AvgPool: pooling('AveragePool', 2, ['FP32']),
  AvgPool3D: pooling('AveragePool', 3, ['FP32']),
  MaxPoolWithArgmax: maxPoolWithArgmax,
};

interface PoolWindows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
}

function windowsOf(op: Op, spatial: number): PoolWindows {
  return {
    kernel: spatialEntries(op, 'ksize', op.attributes.ints('ksize'), spatial),
    strides: spatialEntries(op, 'strides', op.attributes.ints('strides'), spatial),
  };
}

function pooling(type: string, spatial: number, kernels: readonly DType[]): OpHandler {
  return (op) => pooled(op, type, kernels, windowsOf(op, spatial));
}

/** Sizes and strides are inputs. */
function maxPoolV2(op: Op): TensorValue {
  const windows = {
    kernel: spatialEntries(op, 'ksize', op.elements(1), 2),
    strides: spatialEntries(op, 'strides', op.elements(2), 2),
  };
  return pooled(op, 'MaxPool', ['FP32', 'FP64', 'INT8', 'UINT8'], windows);
}

function pooled(op: Op, type: string, kernels: readonly DType[], windows: PoolWindows): TensorValue {
  const input = op.tensor(0);
  const compute = (x: TensorValue): TensorValue => {
    const [y = x] = emitPool(op, type, channelsFirst(op, x), windows, [{}]);
    return channelsBack(op, y, windows.kernel.length + 2);
  };
  const isNarrow = ['INT8', 'UINT8'].includes(input.dtype) && isPadded(input); // see `unmerged`
  if (kernels.includes('FP64') && (isNarrow || ['INT16', 'UINT16', 'INT32'].includes(input.dtype))) {
    return op.cast(compute(op.cast(input, 'FP64')), input.dtype); // which holds them all
  }
  return throughKernels(op, kernels, [input], ([x = input]) => compute(x));
}

/** x: channels first. */
function emitPool(
  op: Op,
  type: string,
  x: TensorValue,
  { kernel, strides }: PoolWindows,
  outputs: readonly EmitOptions[],
): readonly TensorValue[] {
  const spatial = kernel.length;
  // TensorFlow's three-dimensional kernels pad by negative numbers there, and so begin inside.
  const skips = kernel.some((size, axis) => size < (strides[axis] ?? 1));
  if (spatial === 3 && skips && op.attributes.string('padding') === 'SAME') {
    return op.refuse('padding SAME of windows that are smaller than their strides');
  }
  const dilations = new Array<number>(spatial).fill(1);
  const pads = padsOf(op, { spatial, kernel, strides, dilations }, x.shape);
  const [first, ...others] = outputs;
  return op.emitMany(
    type,
    [unmerged(op, x)],
    [{ ...first, attributes: { kernel_shape: kernel, strides, ...pads } }, ...others],
  );
}

/** What moves elements only, so that ONNX Runtime may come to see what is before it. */
const MOVING: ReadonlySet<string> = new Set(['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Identity', 'Cast']);

/**
 * ONNX Runtime merges zeros that are padded into the pooling behind them, whose own padding never counts. Behind a
 * Pad something stands in between: 0, which only the run knows, is subtracted. https://github.com/microsoft/onnxruntime/pull/18136
 */
function unmerged(op: Op, x: TensorValue): TensorValue {
  if (!isPadded(x)) {
    return x;
  }
  const none = op.emit('Slice', [x, op.int64s([0]), op.int64s([0]), op.int64s([0])], { shape: null });
  const zero = op.emit('ReduceSum', [none], { attributes: { keepdims: 0 }, shape: [] });
  return op.binary('Sub', x, zero, { shape: x.shape });
}

function isPadded({ place }: TensorValue): boolean {
  if (place.kind !== 'graph') {
    return false;
  }
  const { nodes } = place.graph;
  let name: string | undefined = place.name;
  for (let index = nodes.length - 1; index >= 0 && name !== undefined; index--) {
    const node = nodes[index];
    if (node?.outputs.includes(name)) {
      if (node.type === 'Pad') {
        return true;
      }
      name = MOVING.has(node.type) ? node.inputs[0] : undefined;
    }
  }
  return false;
}

/** Also the place of each maximum in its picture, counted over [h, w, c], or over the batch when it is included. */
function maxPoolWithArgmax(op: Op): readonly TensorValue[] {
  const input = op.tensor(0);
  if (isChannelsFirst(op) || !['FP32', 'FP64', 'FP16', 'BF16'].includes(input.dtype)) {
    return op.refuse(`dtype ${input.dtype} and its format are not supported`);
  }
  const x = channelsFirst(op, input);
  const made = emitPool(op, 'MaxPool', x, windowsOf(op, 2), [{}, { dtype: 'INT64' }]);
  const [y, places] = made as [TensorValue, TensorValue]; // two were asked for
  const sizes = op.shapeOf(x);
  const size = (axis: number): TensorValue => op.emit('Gather', [sizes, op.scalar('INT64', axis)], { shape: [] });
  const [batch, channels] = [size(0), size(1)];
  const area = op.emit('Mul', [size(2), size(3)], { shape: [] });
  const inPicture = op.emit('Mul', [op.emit('Mod', [places, area]), channels]); // ONNX counts over [n, c, h, w]
  const zero = op.scalar('INT64', 0);
  const one = op.scalar('INT64', 1);
  const counted = (count: TensorValue, shape: readonly number[]): TensorValue =>
    op.reshape(op.emit('Range', [zero, count, one], { dtype: 'INT64' }), shape);
  const withChannel = op.emit('Add', [inPicture, counted(channels, [1, -1, 1, 1])]);
  const volume = op.emit('Mul', [area, channels], { shape: [] });
  const indices = op.attributes.bool('include_batch_in_index', false)
    ? op.emit('Add', [withChannel, op.emit('Mul', [counted(batch, [-1, 1, 1, 1]), volume])])
    : withChannel;
  return [channelsBack(op, y, 4), op.cast(channelsBack(op, indices, 4), op.attributes.type('Targmax', 'INT64'))];
}
