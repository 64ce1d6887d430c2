import type { DType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { choose } from './comparison.ts';

import { axisOf } from './slicing.ts';
import { isFloat, throughKernels } from './widening.ts';

/** Ops that look for elements: by size, by being there, by being new. */
export const SELECTION_OPS: OpTable = {
  TopK: (op) => topK(op, op.int64s([op.attributes.int('k')])),
  TopKV2: (op) => topK(op, op.reshape(op.cast(op.tensor(1), 'INT64'), [1])),
  Where: where,
  OneHot: oneHot,
  Unique: (op) => unique(op),
  UniqueWithCounts: (op) => unique(op),
  Bucketize: bucketize,
};

/** Along the last axis; of equal elements the first come first. */
function topK(op: Op, k: TensorValue): readonly TensorValue[] {
  const x = op.tensor(0);
  const kernels: readonly DType[] = ['FP32', 'FP64', 'INT32', 'INT64'];
  if (isFloat(x.dtype) && x.dtype !== 'FP32' && x.dtype !== 'FP64') {
    return op.refuse(`dtype ${x.dtype} is not supported`);
  }
  const shape = x.shape?.with(-1, k.elements?.[0] ?? null) ?? null;
  let indices: TensorValue | undefined;
  const values = throughKernels(op, kernels, [x], ([wide = x]) => {
    const sorted = op.attributes.bool('sorted', true) ? 1 : 0;
    const outputs = op.emitMany(
      'TopK',
      [wide, k],
      [
        { attributes: { axis: -1, largest: 1, sorted }, shape },
        { dtype: 'INT64', shape },
      ],
    );
    indices = outputs[1];
    return outputs[0] ?? op.refuse('no output'); // two were asked for
  });
  return [values, op.cast(indices ?? values, op.attributes.type('index_type', 'INT32'))];
}

/** Indices of what is not 0: [n, rank]. */
function where(op: Op): TensorValue {
  const x = op.tensor(0);
  const condition = x.dtype === 'BOOL' ? x : op.cast(x, 'BOOL');
  const found = op.emit('NonZero', [condition], { dtype: 'INT64', shape: [x.shape?.length ?? null, null] });
  return op.transpose(found, [1, 0]);
}

/** indices, depth, on, off. An index outside of the depth is off everywhere, also a negative one. */
function oneHot(op: Op): TensorValue {
  const indices = op.tensor(0);
  const rank = op.rank(indices);
  const axis = op.attributes.int('axis', -1);
  const at = axis === -1 ? rank : axisOf(op, axis, rank + 1);
  const depth = op.tensor(1);
  const classes = op.emit('Range', [op.scalar('INT64', 0), op.cast(depth, 'INT64'), op.scalar('INT64', 1)], {
    dtype: 'INT64',
    shape: [depth.elements?.[0] ?? null],
  });
  const column = op.reshape(
    classes,
    Array.from({ length: rank + 1 }, (_, one) => (one === at ? -1 : 1)),
  );
  const wide = unsqueeze(op, op.cast(indices, 'INT64'), [at]);
  const isClass = op.binary('Equal', wide, column, { dtype: 'BOOL' });
  return choose(op, isClass, op.tensor(2), op.tensor(3));
}

/** x: [n]; values in the order of their first appearance, the place of each element among them, and how often it is there. */
function unique(op: Op): readonly TensorValue[] {
  const x = op.tensor(0);
  const index = op.attributes.type('out_idx', 'INT32');
  const kernels: readonly DType[] = ['FP32', 'FP64', 'INT64', 'INT8'];
  let others: readonly TensorValue[] = [];
  const values = throughKernels(op, kernels, [x], ([wide = x]) => {
    const [first, , places, counts] = op.emitMany(
      'Unique',
      [wide],
      [
        { attributes: { sorted: 0 }, shape: [null] },
        { dtype: 'INT64', shape: [null] },
        { dtype: 'INT64', shape: x.shape },
        { dtype: 'INT64', shape: [null] },
      ],
    );
    others = places === undefined || counts === undefined ? [] : [places, counts];
    return first ?? op.refuse('no output'); // four were asked for
  });
  const outputs = [values, ...others.map((one) => op.cast(one, index))];
  return op.node.op === 'Unique' ? outputs.slice(0, 2) : outputs;
}

/** The number of boundaries that are not above each element; attribute boundaries: ascending. */
function bucketize(op: Op): TensorValue {
  const x = op.tensor(0);
  const boundaries = op.attributes.floats('boundaries', []);
  const compare = x.dtype === 'FP64' ? x : op.cast(x, 'FP32');
  if (x.dtype === 'INT64' || x.dtype === 'INT32') {
    return op.refuse('integers are not supported');
  }
  const column = unsqueeze(op, compare, [op.rank(x)]);
  const bounds = op.constantOf(compare.dtype === 'FP64' ? 'FP64' : 'FP32', [boundaries.length], boundaries);
  const isAbove = op.binary('GreaterOrEqual', column, bounds, { dtype: 'BOOL' });
  return op.emit('ReduceSum', [op.cast(isAbove, 'INT32'), op.int64s([-1])], {
    attributes: { keepdims: 0 },
    shape: x.shape,
  });
}
