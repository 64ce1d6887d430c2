import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { throughKernels } from './widening.ts';
import { channelsBack, channelsFirst, isChannelsFirst } from './windows.ts';

/** Normalizations over channels, rows and batches. */
export const NORMALIZATION_OPS: OpTable = {
  Softmax: overLastAxis('Softmax'),
  LogSoftmax: overLastAxis('LogSoftmax'),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  LRN: localResponse,
};

function overLastAxis(type: string): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    return throughKernels(op, ['FP32', 'FP64'], [x], ([wide = x]) =>
      op.unary(type, wide, { attributes: { axis: -1 } }),
    );
  };
}

/** x: [n, h, w, c] or [n, c, h, w], FP16 or BF16 too; scale, offset, mean, variance: [c], FP32. */
function batchNorm(op: Op): readonly TensorValue[] {
  const x = op.tensor(0);
  const epsilon = op.attributes.float('epsilon', 0.0001);
  if (op.attributes.bool('is_training', true)) {
    const [y, ...statistics] = trainingBatchNorm(op, op.cast(x, 'FP32'), epsilon);
    return [op.cast(y, x.dtype), ...statistics];
  }
  const y = normalized(op, channelsFirst(op, op.cast(x, 'FP32')), op.tensors(1, 5), epsilon);
  return [op.cast(channelsBack(op, y, op.rank(x)), x.dtype), op.tensor(3), op.tensor(4)];
}

/** x: channels first; parameters: scale, offset, mean, variance. */
export function normalized(op: Op, x: TensorValue, parameters: readonly TensorValue[], epsilon: number): TensorValue {
  return op.emit('BatchNormalization', [x, ...parameters], { attributes: { epsilon: { float: epsilon } } });
}

/** With the batch's own statistics: what Keras 2 makes of LayerNormalization. Returns y, mean and variance. */
function trainingBatchNorm(
  op: Op,
  x: TensorValue,
  epsilon: number,
): readonly [y: TensorValue, mean: TensorValue, variance: TensorValue] {
  if (op.attributes.float('exponential_avg_factor', 1) !== 1) {
    return op.refuse('attribute exponential_avg_factor must be 1: training is not converted');
  }
  const [scale, offset] = [op.tensor(1), op.tensor(2)];
  const rank = op.rank(x);
  const channel = isChannelsFirst(op) ? 1 : rank - 1;
  const axes = op.int64s(Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== channel));
  const mean = (value: TensorValue): TensorValue =>
    op.emit('ReduceMean', [value, axes], { attributes: { keepdims: 1 } });
  const perChannel = (value: TensorValue): TensorValue =>
    op.reshape(
      value,
      Array.from({ length: rank }, (_, axis) => (axis === channel ? -1 : 1)),
    );
  const average = mean(x);
  const centred = op.binary('Sub', x, average);
  const variance = mean(op.binary('Mul', centred, centred));
  const deviation = op.unary('Sqrt', op.binary('Add', variance, op.scalar('FP32', epsilon)));
  const normal = op.binary('Div', centred, deviation);
  const y = op.binary('Add', op.binary('Mul', normal, perChannel(scale)), perChannel(offset), { shape: x.shape });
  return [y, op.reshape(average, [-1]), op.reshape(unbiased(op, x, variance), [-1])];
}

/** Variance of a sample of `rows`, the elements of a channel: times rows / (rows - 1). */
function unbiased(op: Op, x: TensorValue, variance: TensorValue): TensorValue {
  const one = op.scalar('FP32', 1);
  const elements = op.cast(op.emit('Size', [x], { dtype: 'INT64', shape: [] }), 'FP32');
  const channels = op.cast(op.emit('Size', [variance], { dtype: 'INT64', shape: [] }), 'FP32');
  const rows = op.binary('Div', elements, channels);
  return op.binary('Mul', variance, op.binary('Div', rows, op.binary('Max', op.binary('Sub', rows, one), one)));
}

/** x: [n, h, w, c], divided by a power of the squares of its neighbours among the channels. */
function localResponse(op: Op): TensorValue {
  const x = op.tensor(0);
  const size = 2 * op.attributes.int('depth_radius', 5) + 1;
  const attributes = {
    size,
    bias: { float: op.attributes.float('bias', 1) },
    alpha: { float: op.attributes.float('alpha', 1) * size },
    beta: { float: op.attributes.float('beta', 0.5) },
  };
  return throughKernels(op, ['FP32'], [x], ([wide = x]) =>
    channelsBack(op, op.unary('LRN', channelsFirst(op, wide), { attributes }), 4),
  );
}
