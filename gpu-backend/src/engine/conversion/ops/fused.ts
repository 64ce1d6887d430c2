import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { convolution, depthwiseConvolution } from './convolution.ts';
import { scalarLike } from './elementwise.ts';
import { product } from './linear.ts';
import { normalized } from './normalization.ts';
import { throughKernels } from './widening.ts';
import { channelsBack } from './windows.ts';

/** What graph rewriting makes of a product and the ops behind it; TensorFlow.js models have them. */
export const FUSED_OPS: OpTable = {
  _FusedConv2D: (op) => pictures(op, (bias) => convolution(op, 2, bias)),
  FusedDepthwiseConv2dNative: (op) => pictures(op, (bias) => depthwiseConvolution(op, bias)),
  _FusedMatMul: (op) => {
    const [bias, ...others] = op.tensors(2);
    const [first, ...activations] = op.attributes.strings('fused_ops');
    if (first !== 'BiasAdd' || bias === undefined) {
      return op.refuse(`it begins with ${first}`);
    }
    const y = product(op, 'transpose_a', 'transpose_b');
    return activated(
      op,
      throughKernels(op, ['FP32', 'FP64'], [y, bias], ([a = y, b = bias]) => op.binary('Add', a, b)),
      activations,
      others,
    );
  },
  Prelu: (op) => prelu(op, op.tensor(0), op.tensor(1)),
};

function pictures(op: Op, convolve: (bias?: TensorValue) => TensorValue): TensorValue {
  const [first = '', ...activations] = op.attributes.strings('fused_ops');
  const [bias, ...others] = op.tensors(2);
  switch (first) {
    case 'BiasAdd':
      return activated(op, channelsBack(op, convolve(bias), 4), activations, others);
    case 'FusedBatchNorm': {
      const y = normalized(op, convolve(), op.tensors(2, 6), op.attributes.float('epsilon', 0.0001));
      return activated(op, channelsBack(op, y, 4), activations, op.tensors(6));
    }
    default:
      return activated(op, channelsBack(op, convolve(), 4), first === '' ? [] : [first, ...activations], op.tensors(2));
  }
}

/** `more`: the inputs that are left, such as slopes. */
function activated(op: Op, x: TensorValue, activations: readonly string[], more: readonly TensorValue[]): TensorValue {
  const [activation, ...others] = activations;
  if (others.length > 0) {
    return op.refuse(`it fuses ${others.join(', ')} behind ${activation}`);
  }
  switch (activation) {
    case undefined:
    case 'Identity':
      return x;
    case 'Relu':
    case 'Elu':
    case 'Tanh':
    case 'Sigmoid':
      return op.unary(activation, x);
    case 'Relu6':
      return op.emit('Clip', [x, scalarLike(op, x, 0), scalarLike(op, x, 6)], { shape: x.shape });
    case 'LeakyRelu':
      return op.unary('LeakyRelu', x, {
        attributes: { alpha: { float: op.attributes.float('leakyrelu_alpha', 0.2) } },
      });
    case 'Prelu':
      return prelu(op, x, more[0] ?? op.refuse('the slopes of Prelu are missing'));
    default:
      return op.refuse(`it fuses ${activation}`);
  }
}

/** x where it is positive, else x times its slope; the slopes are broadcast. */
function prelu(op: Op, x: TensorValue, slope: TensorValue): TensorValue {
  return throughKernels(op, ['FP32', 'FP64'], [x, slope], (inputs) => op.emit('PRelu', inputs, { shape: x.shape }));
}
