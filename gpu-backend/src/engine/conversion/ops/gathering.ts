import { hostStep } from '../host-node.ts';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { readVariable } from './resource.ts';
import { OUT_OF_RANGE } from './run-time-check.ts';
import { axisOf } from './slicing.ts';

/** Ops that pick elements by index. */
export const GATHERING_OPS: OpTable = {
  Gather: (op) => gather(op, op.tensor(0), op.tensor(1), 0, 0),
  GatherV2: (op) => gather(op, op.tensor(0), op.tensor(1), op.element(2), op.attributes.int('batch_dims', 0)),
  ResourceGather: resourceGather,
  GatherNd: (op) => gatherNd(op, op.tensor(0)),
  ResourceGatherNd: resourceGatherNd,
};

function resourceGather(op: Op): TensorValue | readonly TensorValue[] {
  const variable = op.value(0);
  if (variable.kind !== 'variable') {
    return op.refuse(`input 0 is a ${variable.kind}, not a variable`);
  }
  const batchDims = op.attributes.int('batch_dims', 0);
  if (variable.constant.dtype === 'STRING') {
    const inputs = [readVariable(op, variable), op.tensor(1), op.scalar('INT32', batchDims)];
    return hostStep(op, 'GatherV2', inputs, ['STRING'], { batch_dims: batchDims });
  }
  return gather(op, readVariable(op, variable), op.tensor(1), batchDims, batchDims);
}

function resourceGatherNd(op: Op): TensorValue {
  const variable = op.value(0);
  return variable.kind === 'variable'
    ? gatherNd(op, readVariable(op, variable))
    : op.refuse(`input 0 is a ${variable.kind}, not a variable`);
}

function gather(op: Op, x: TensorValue, indices: TensorValue, axisGiven: number, batchGiven: number): TensorValue {
  const rank = op.rank(x);
  const axis = axisOf(op, axisGiven, rank);
  const guarded = guardedIndices(op, indices);
  if (batchGiven === 0) {
    const shape = x.shape === null || indices.shape === null ? null : x.shape.toSpliced(axis, 1, ...indices.shape);
    return op.emit('Gather', [x, guarded], { attributes: { axis }, shape });
  }
  const indicesRank = op.rank(indices);
  const batch = batchGiven < 0 ? batchGiven + indicesRank : batchGiven;
  return batchGather(op, x, guarded, { axis, batch, rank, indicesRank });
}

/** As GatherND wants it: the gathered axis right behind the batch's, and back. */
function batchGather(
  op: Op,
  x: TensorValue,
  indices: TensorValue,
  { axis, batch, rank, indicesRank }: Readonly<Record<'axis' | 'batch' | 'rank' | 'indicesRank', number>>,
): TensorValue {
  const moved = range(batch, axis);
  const front = [...range(0, batch), axis, ...moved, ...range(axis + 1, rank)];
  const data = axis === batch ? x : op.transpose(x, front);
  const picked = op.emit('GatherND', [data, unsqueeze(op, op.cast(indices, 'INT64'), [indicesRank])], {
    attributes: { batch_dims: batch },
  });
  const free = indicesRank - batch;
  const order = [
    ...range(0, batch),
    ...range(batch + free, batch + free + moved.length),
    ...range(batch, batch + free),
    ...range(batch + free + moved.length, rank - 1 + free),
  ];
  return moved.length === 0 || free === 0 ? picked : op.transpose(picked, order);
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
}

/** params, indices [..., depth]. */
function gatherNd(op: Op, x: TensorValue): TensorValue {
  return op.emit('GatherND', [x, op.cast(guardedIndices(op, op.tensor(1)), 'INT64')]);
}

/** TensorFlow refuses negative indices, which ONNX counts from the end: they become ones that both refuse. */
export function guardedIndices(op: Op, indices: TensorValue): TensorValue {
  if (indices.elements?.every((index) => index !== null && index >= 0)) {
    return indices;
  }
  const index = indices.dtype === 'INT32' || indices.dtype === 'INT64' ? indices : op.cast(indices, 'INT64');
  const dtype = index.dtype === 'INT32' ? 'INT32' : 'INT64';
  const isNegative = op.binary('Less', index, op.scalar(dtype, 0), { dtype: 'BOOL' });
  return op.emit('Where', [isNegative, op.scalar(dtype, OUT_OF_RANGE), index], { dtype, shape: index.shape });
}
