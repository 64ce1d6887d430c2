import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpHandler, OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { expm1, log1p, scalarLike } from './elementwise.ts';
import { extremumOf } from './extremum.ts';
import { inSteps } from './rounding-steps.ts';
import { FLOATS, isFloat, throughKernels } from './widening.ts';

/** Activations of neural networks. ONNX Runtime has most of them for FP32 only; FP64 is composed. */
export const ACTIVATION_OPS: OpTable = {
  Relu: relu,
  Relu6: relu6,
  LeakyRelu: leakyRelu,
  Elu: activation('Elu', elu),
  Selu: activation('Selu', selu),
  Sigmoid: (op) => throughKernels(op, FLOATS, [op.tensor(0)], ([x = op.tensor(0)]) => op.unary('Sigmoid', x)),
  Softplus: softplus,
  Softsign: activation('Softsign', (op, x) => op.binary('Div', x, op.binary('Add', op.unary('Abs', x), one(op, x)))),
};

function activation(type: string, composed: (op: Op, x: TensorValue) => TensorValue): OpHandler {
  return (op) => {
    const x = op.tensor(0);
    return throughKernels(op, FLOATS, [x], ([wide = x]) =>
      wide.dtype === 'FP64' ? composed(op, wide) : op.unary(type, wide),
    );
  };
}

function one(op: Op, x: TensorValue): TensorValue {
  return scalarLike(op, x, 1);
}

function relu(op: Op): TensorValue {
  const x = op.tensor(0);
  if (x.dtype.startsWith('U')) {
    return x;
  }
  return throughKernels(op, ['FP32', 'FP64', 'INT8', 'INT32', 'INT64'], [x], ([wide = x]) =>
    wide.dtype === 'INT64' ? extremumOf(op, 'Max', wide, scalarLike(op, wide, 0)) : op.unary('Relu', wide),
  );
}

function relu6(op: Op): TensorValue {
  const x = op.tensor(0);
  const kernels: readonly DType[] = [...FLOATS, 'INT8', 'UINT8', 'INT32', 'UINT32', 'INT64', 'UINT64'];
  return throughKernels(op, kernels, [x], ([wide = x]) =>
    isFloat(wide.dtype)
      ? op.emit('Clip', [wide, scalarLike(op, wide, 0), scalarLike(op, wide, 6)], { shape: x.shape })
      : extremumOf(op, 'Min', extremumOf(op, 'Max', wide, scalarLike(op, wide, 0)), scalarLike(op, wide, 6)),
  );
}

function leakyRelu(op: Op): TensorValue {
  const x = op.tensor(0);
  const alpha = Math.fround(op.attributes.float('alpha', 0.2));
  return throughKernels(op, FLOATS, [x], ([wide = x]) => {
    if (wide.dtype !== 'FP64') {
      return op.unary('LeakyRelu', wide, { attributes: { alpha: { float: alpha } } });
    }
    return whereNegative(op, wide, op.binary('Mul', wide, scalarLike(op, wide, alpha)), wide);
  });
}

function elu(op: Op, x: TensorValue): TensorValue {
  return whereNegative(op, x, expm1(op, x), x);
}

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

function selu(op: Op, x: TensorValue): TensorValue {
  const negative = op.binary('Mul', expm1(op, x), scalarLike(op, x, SELU_ALPHA));
  return op.binary('Mul', whereNegative(op, x, negative, x), scalarLike(op, x, SELU_SCALE));
}

function whereNegative(op: Op, x: TensorValue, yes: TensorValue, no: TensorValue): TensorValue {
  const isNegative = op.binary('Less', x, scalarLike(op, x, 0), { dtype: 'BOOL' });
  return op.emit('Where', [isNegative, yes, no], { dtype: x.dtype, shape: x.shape });
}

/** log of the difference between 1 and the next number, plus 2: beyond it TensorFlow takes exp(x), or x itself. */
const SOFTPLUS_THRESHOLD: Readonly<Partial<Record<DType, number>>> = {
  FP16: Math.log(2 ** -10) + 2,
  BF16: Math.log(2 ** -7) + 2,
  FP64: Math.log(2 ** -52) + 2,
};

/** FP32 needs no thresholds: they lie where they make no difference. */
function softplus(op: Op): TensorValue {
  const features = op.tensor(0);
  const threshold = SOFTPLUS_THRESHOLD[features.dtype];
  return inSteps(op, [features], ([x = features], round) => {
    if (threshold === undefined) {
      return op.unary('Softplus', x);
    }
    const exp = round(op.unary('Exp', x));
    const isSmall = op.binary('Less', x, scalarLike(op, x, threshold), { dtype: 'BOOL' });
    const isLarge = op.binary('Greater', x, scalarLike(op, x, -threshold), { dtype: 'BOOL' });
    const options = { dtype: x.dtype, shape: x.shape };
    return op.emit('Where', [isLarge, x, op.emit('Where', [isSmall, exp, log1p(op, exp)], options)], options);
  });
}
