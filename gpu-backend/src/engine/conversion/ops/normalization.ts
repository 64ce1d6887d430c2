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
};

function overLastAxis(type: string): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    return throughKernels(op, ['FP32', 'FP64'], [x], ([wide = x]) =>
      op.unary(type, wide, { attributes: { axis: -1 } }),
    );
  };
}

/** x: [n, h, w, c] or [n, c, h, w]; scale, offset, mean, variance: [c]. */
function batchNorm(op: Op): readonly TensorValue[] {
  const epsilon = op.attributes.float('epsilon', 0.0001);
  if (op.attributes.bool('is_training', true)) {
    return [trainingBatchNorm(op, epsilon)];
  }
  const [x, scale, offset, mean, variance] = op.tensors(0, 5) as [
    TensorValue,
    TensorValue,
    TensorValue,
    TensorValue,
    TensorValue,
  ]; // five were asked for
  const inputs = [scale, offset, mean, variance].map((one) => op.cast(one, x.dtype));
  const y = op.emit('BatchNormalization', [channelsFirst(op, x), ...inputs], {
    attributes: { epsilon: { float: epsilon } },
  });
  return [channelsBack(op, y, op.rank(x)), mean, variance];
}

/** With the batch's own statistics: what Keras 2 makes of LayerNormalization. */
function trainingBatchNorm(op: Op, epsilon: number): TensorValue {
  if (op.attributes.float('exponential_avg_factor', 1) !== 1) {
    return op.refuse('attribute exponential_avg_factor must be 1: training is not converted');
  }
  const [x, scale, offset] = [op.tensor(0), op.tensor(1), op.tensor(2)];
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
  const centred = op.binary('Sub', x, mean(x));
  const variance = mean(op.binary('Mul', centred, centred));
  const deviation = op.unary('Sqrt', op.binary('Add', variance, op.scalar('FP32', epsilon)));
  const normal = op.binary('Div', centred, deviation);
  return op.binary('Add', op.binary('Mul', normal, perChannel(scale)), perChannel(offset), { shape: x.shape });
}
