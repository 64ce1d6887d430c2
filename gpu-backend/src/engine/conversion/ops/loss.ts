import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { scalarLike } from './elementwise.ts';
import { valueIf } from './run-time-check.ts';
import { FLOATS, isFloat, throughKernels } from './widening.ts';

/** Losses and the ranks of targets among predictions. */
export const LOSS_OPS: OpTable = {
  L2Loss: (op) => {
    const x = op.tensor(0);
    return throughKernels(op, FLOATS, [x], ([wide = x]) => {
      const squares = op.emit('ReduceSumSquare', [wide], { attributes: { keepdims: 0 }, shape: [] });
      return op.binary('Mul', squares, scalarLike(op, wide, 0.5));
    });
  },
  SoftmaxCrossEntropyWithLogits: (op) => crossEntropy(op, op.tensor(1)),
  SparseSoftmaxCrossEntropyWithLogits: sparseCrossEntropy,
  InTopK: (op) => inTopK(op, op.scalar('INT64', op.attributes.int('k'))),
  InTopKV2: (op) => inTopK(op, op.cast(op.tensor(2), 'INT64')),
};

/** features, labels: [n, classes] -> loss [n], its gradient [n, classes]. */
function crossEntropy(op: Op, labels: TensorValue): readonly TensorValue[] {
  const features = op.tensor(0);
  if (!isFloat(features.dtype)) {
    return op.refuse(`dtype ${features.dtype} is not supported`);
  }
  const options = { attributes: { axis: -1 } };
  const products = op.binary('Mul', labels, op.unary('LogSoftmax', features, options));
  const sum = op.emit('ReduceSum', [products, op.int64s([1])], { attributes: { keepdims: 0 }, shape: [null] });
  return [op.unary('Neg', sum), op.binary('Sub', op.unary('Softmax', features, options), labels)];
}

/** labels: [n], numbers of classes. */
function sparseCrossEntropy(op: Op): readonly TensorValue[] {
  const features = op.tensor(0);
  const labels = op.cast(op.tensor(1), 'INT64');
  const { classes, isInside } = rangeCheck(op, features, labels);
  const checked = valueIf(op, isInside, 'a label is outside the valid range', labels);
  const options = { attributes: { axis: -1 } };
  const isLabel = op.emit('Equal', [column(op, checked), classes], { dtype: 'BOOL', shape: [null, null] });
  const logarithms = op.unary('LogSoftmax', features, options);
  const zero = scalarLike(op, features, 0);
  const chosen = op.emit('Where', [isLabel, logarithms, zero], { dtype: features.dtype, shape: features.shape });
  const sum = op.emit('ReduceSum', [chosen, op.int64s([1])], { attributes: { keepdims: 0 }, shape: [null] });
  const target = op.cast(isLabel, features.dtype);
  return [op.unary('Neg', sum), op.binary('Sub', op.unary('Softmax', features, options), target)];
}

/** predictions: [n, classes], targets: [n] -> whether fewer than k predictions are above the target's, all finite. */
function inTopK(op: Op, k: TensorValue): TensorValue {
  const predictions = op.tensor(0);
  const targets = op.cast(op.tensor(1), 'INT64');
  const { classes, isInside } = rangeCheck(op, predictions, targets);
  const isTarget = op.emit('Equal', [column(op, targets), classes], { dtype: 'BOOL', shape: [null, null] });
  const lowest = op.scalar('FP32', Number.NEGATIVE_INFINITY);
  const axis = op.int64s([1]);
  const kept = op.emit('Where', [isTarget, predictions, lowest], { dtype: 'FP32', shape: [null, null] });
  const own = op.emit('ReduceMax', [kept, axis], { attributes: { keepdims: 1 }, shape: [null, 1] });
  const count = (condition: TensorValue): TensorValue =>
    op.emit('ReduceSum', [op.cast(condition, 'INT64'), axis], { attributes: { keepdims: 0 }, shape: [null] });
  const above = count(op.binary('Greater', predictions, own, { dtype: 'BOOL' }));
  const isInfinite = op.unary('IsInf', predictions, { dtype: 'BOOL' });
  const isNan = op.unary('IsNaN', predictions, { dtype: 'BOOL' });
  const unclear = count(op.binary('Or', isInfinite, isNan));
  const isClear = op.binary('Equal', unclear, op.scalar('INT64', 0), { dtype: 'BOOL' });
  const isAmong = op.binary('Less', above, k, { dtype: 'BOOL' });
  return op.binary('And', isInside, op.binary('And', isClear, isAmong));
}

/** The numbers of all classes, and of each index whether it is one of them. */
function rangeCheck(
  op: Op,
  scores: TensorValue,
  indices: TensorValue,
): { readonly classes: TensorValue; readonly isInside: TensorValue } {
  const zero = op.scalar('INT64', 0);
  const count = op.emit('Gather', [op.shapeOf(scores), op.scalar('INT64', 1)], { dtype: 'INT64', shape: [] });
  const classes = op.emit('Range', [zero, count, op.scalar('INT64', 1)], { dtype: 'INT64', shape: [null] });
  const isNegative = op.binary('Less', indices, zero, { dtype: 'BOOL' });
  const isBelow = op.binary('Less', indices, count, { dtype: 'BOOL' });
  return { classes, isInside: op.binary('And', op.unary('Not', isNegative), isBelow) };
}

function column(op: Op, vector: TensorValue): TensorValue {
  return op.emit('Unsqueeze', [vector, op.int64s([1])], { shape: [vector.shape?.[0] ?? null, 1] });
}
