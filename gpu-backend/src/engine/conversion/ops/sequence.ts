import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';

import { isFloat, throughKernels } from './widening.ts';

/** Ops that count: ranges, running sums, histograms. */
export const SEQUENCE_OPS: OpTable = {
  Range: range,
  Cumsum: cumsum,
  DenseBincount: denseBincount,
  Bincount: bincount,
};

function range(op: Op): TensorValue {
  const inputs = op.tensors(0, 3);
  const kernels: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];
  return throughKernels(op, kernels, inputs, (wide) => op.emit('Range', wide, { shape: [null] }));
}

/** x, axis. */
function cumsum(op: Op): TensorValue {
  const x = op.tensor(0);
  const attributes = {
    exclusive: op.attributes.bool('exclusive', false) ? 1 : 0,
    reverse: op.attributes.bool('reverse', false) ? 1 : 0,
  };
  return throughKernels(op, ['FP32', 'FP64', 'INT32', 'INT64'], [x], ([wide = x]) =>
    op.emit('CumSum', [wide, op.tensor(1)], { attributes, shape: x.shape }),
  );
}

/** input [n] or [rows, n], size, weights (none: empty) -> [size] or [rows, size]. Values from size on do not count. */
function denseBincount(op: Op): TensorValue {
  const x = op.tensor(0);
  const weights = op.tensor(2);
  const hasWeights = weights.shape?.[0] !== 0;
  const isBinary = op.attributes.bool('binary_output', false);
  if (hasWeights && (isBinary || weights.shape === null || weights.shape.length !== op.rank(x))) {
    return op.refuse('its weights are not supported');
  }
  return counted(op, x, hasWeights ? weights : undefined, weights.dtype, isBinary);
}

/** arr, size, weights. */
function bincount(op: Op): TensorValue {
  const weights = op.tensor(2);
  return weights.shape?.[0] === 0 && op.rank(op.tensor(0)) === 1
    ? counted(op, op.tensor(0), undefined, weights.dtype, false)
    : op.refuse('its weights are not supported');
}

/** One comparison per element and bin, summed over the elements. */
function counted(
  op: Op,
  x: TensorValue,
  weights: TensorValue | undefined,
  dtype: DType,
  isBinary: boolean,
): TensorValue {
  const rank = op.rank(x);
  const bins = op.emit(
    'Range',
    [op.scalar('INT64', 0), op.reshape(op.cast(op.tensor(1), 'INT64'), []), op.scalar('INT64', 1)],
    {
      dtype: 'INT64',
      shape: [op.tensor(1).elements?.[0] ?? null],
    },
  );
  const wide = op.cast(x, 'INT64');
  const column = op.emit('Unsqueeze', [wide, op.int64s([rank])]);
  const isInBin = op.emit('Equal', [column, bins], { dtype: 'BOOL' });
  const compute: DType = isFloat(dtype) ? (dtype === 'FP64' ? 'FP64' : 'FP32') : 'INT64';
  const ones = op.cast(isInBin, compute);
  const weighted =
    weights === undefined
      ? ones
      : op.emit('Mul', [ones, op.emit('Unsqueeze', [op.cast(weights, compute), op.int64s([rank])])]);
  const sum = op.emit(isBinary ? 'ReduceMax' : 'ReduceSum', [weighted, op.int64s([rank - 1])], {
    attributes: { keepdims: 0 },
  });
  return op.cast(sum, dtype);
}
