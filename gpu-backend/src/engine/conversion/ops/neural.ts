import { derivedConstant } from '../constant.ts';
import { constantValue, type Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { transposed } from '../transposed.ts';
import { constantOf, type TensorValue } from '../value.ts';

/** Layers of neural networks. TensorFlow's pictures are [n, h, w, c], ONNX's [n, c, h, w]: ONNX Runtime joins the transposes. */
export const NEURAL_OPS: OpTable = {
  Softmax: (op) => op.unary('Softmax', op.tensor(0), { attributes: { axis: -1 } }),
  Conv2D: conv2d,
};

/** x: [n, h, w, cIn], filter: [h, w, cIn, cOut]. */
function conv2d(op: Op): TensorValue {
  if (op.attributes.string('data_format', 'NHWC') !== 'NHWC' || op.attributes.string('padding') === 'EXPLICIT') {
    return op.refuse('not yet');
  }
  const [, strideH = 1, strideW = 1] = op.attributes.ints('strides');
  const x = op.transpose(op.tensor(0), [0, 3, 1, 2]);
  const filter = permuted(op, op.tensor(1), [3, 2, 0, 1]);
  const autoPad = op.attributes.string('padding') === 'SAME' ? 'SAME_UPPER' : 'VALID';
  const y = op.emit('Conv', [x, filter], { attributes: { strides: [strideH, strideW], auto_pad: autoPad } });
  return op.transpose(y, [0, 2, 3, 1]);
}

/** `value` with its dimensions in another order; a constant is permuted when it is written. */
export function permuted(op: Op, value: TensorValue, order: readonly number[]): TensorValue {
  const constant = constantOf(value);
  if (constant === undefined || constant.dtype === 'STRING') {
    return op.transpose(value, order);
  }
  const shape = order.map((axis) => constant.shape[axis] ?? 1);
  return constantValue(
    derivedConstant(constant, `transpose ${order.join(',')}`, shape, (tensor) => transposed(tensor, order)),
  );
}
