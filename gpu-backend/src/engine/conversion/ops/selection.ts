import type { DType } from '@tensorfleet/core';
import { hostStep } from '../host-node.ts';
import { hostOutputTypes } from '../host-output-types.ts';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { filled, unsqueeze } from './array.ts';
import { choose } from './comparison.ts';

import { scalarLike } from './elementwise.ts';
import { joined, sizeAlong, sizesOf } from './index-arithmetic.ts';
import { OUT_OF_RANGE, valueIf } from './run-time-check.ts';
import { upTo } from './sequence.ts';
import { axisOf } from './slicing.ts';
import { isFloat, throughKernels } from './widening.ts';

/** Ops that look for elements: by size, by being there, by being new. */
export const SELECTION_OPS: OpTable = {
  TopKV2: (op) => topK(op, op.reshape(op.cast(op.tensor(1), 'INT64'), [1])),
  NthElement: nthElement,
  Where: where,
  OneHot: oneHot,
  Unique: unique,
  UniqueV2: unique,
  UniqueWithCounts: unique,
  UniqueWithCountsV2: unique,
};

/**
 * Along the last axis; of equal elements the first come first. They are sorted also where any order would do.
 */
function topK(op: Op, k: TensorValue): readonly TensorValue[] {
  const x = op.tensor(0);
  const [values, indices] = largest(op, x, k, true);
  return [values, op.cast(indices, op.attributes.type('index_type', 'INT32'))];
}

function largest(op: Op, x: TensorValue, k: TensorValue, isLargest: boolean): readonly [TensorValue, TensorValue] {
  const shape = x.shape?.with(-1, k.elements?.[0] ?? null) ?? null;
  const mayBeEmpty = op.rank(x) > 1 && !x.shape?.slice(0, -1).every((size) => size !== null && size > 0);
  let indices: TensorValue | undefined;
  const values = throughKernels(op, ['FP32', 'FP64', 'INT32', 'INT64'], [x], ([wide = x]) => {
    const outputs = op.emitMany(
      'TopK',
      [mayBeEmpty ? withOneRow(op, wide) : wide, k],
      [
        { attributes: { axis: -1, largest: isLargest ? 1 : 0, sorted: 1 }, shape: mayBeEmpty ? null : shape },
        { dtype: 'INT64', shape: mayBeEmpty ? null : shape },
      ],
    );
    const [first = wide, second = wide] = outputs; // two were asked for
    indices = mayBeEmpty ? withoutOneRow(op, second, x, k) : second;
    return mayBeEmpty ? withoutOneRow(op, first, x, k) : first;
  });
  return [values, indices ?? values];
}

/** [..., m] -> [rows + 1, m]: ONNX Runtime's TopK divides by the number of rows, which ends the process when it is 0. */
function withOneRow(op: Op, x: TensorValue): TensorValue {
  const width = sizeAlong(op, x, op.rank(x) - 1);
  const one = filled(op, scalarLike(op, x, 0), joined(op, [op.int64s([1]), width]));
  const rows = op.emit('Reshape', [x, joined(op, [rowCount(op, x), width])], { attributes: { allowzero: 1 } });
  return op.emit('Concat', [rows, one], { attributes: { axis: 0 }, shape: [null, x.shape?.at(-1) ?? null] });
}

/** [rows + 1, k] -> [..., k] with the rows of `like`. */
function withoutOneRow(op: Op, x: TensorValue, like: TensorValue, k: TensorValue): TensorValue {
  const rows = op.emit('Slice', [x, op.int64s([0]), rowCount(op, like), op.int64s([0])], { shape: [null, null] });
  const sizes = joined(op, [sizesOf(op, like, 0, op.rank(like) - 1), k]);
  const shape = like.shape?.with(-1, k.elements?.[0] ?? null) ?? null;
  return op.emit('Reshape', [rows, sizes], { attributes: { allowzero: 1 }, shape });
}

function rowCount(op: Op, x: TensorValue): TensorValue {
  const sizes = sizesOf(op, x, 0, op.rank(x) - 1);
  return op.emit('ReduceProd', [sizes, op.int64s([0])], { attributes: { keepdims: 1 }, shape: [1] });
}

/** input: [..., m], n: the element that would be at n if the last axis were sorted. */
function nthElement(op: Op): TensorValue {
  const x = op.tensor(0);
  const n = op.cast(op.tensor(1), 'INT64');
  const k = op.reshape(op.binary('Add', n, op.scalar('INT64', 1)), [1]);
  const [values] = largest(op, x, k, op.attributes.bool('reverse', false));
  const isNegative = op.binary('Less', n, op.scalar('INT64', 0), { dtype: 'BOOL' });
  const index = choose(op, isNegative, op.scalar('INT64', OUT_OF_RANGE), n);
  return op.emit('Gather', [values, index], { attributes: { axis: -1 }, shape: x.shape?.slice(0, -1) ?? null });
}

/** Indices of what is not 0: [n, rank]. */
function where(op: Op): TensorValue {
  const x = op.tensor(0);
  if (op.rank(x) === 0) {
    return op.refuse('a scalar has no places');
  }
  const condition = x.dtype === 'BOOL' ? x : op.cast(x, 'BOOL');
  const found = op.emit('NonZero', [condition], { dtype: 'INT64', shape: [op.rank(x), null] });
  return op.transpose(found, [1, 0]);
}

/** indices, depth, on, off. An index outside of the depth is off everywhere, also a negative one. */
function oneHot(op: Op): TensorValue {
  const indices = op.tensor(0);
  const rank = op.rank(indices);
  const axis = op.attributes.int('axis', -1);
  const at = axis === -1 ? rank : axisOf(op, axis, rank + 1);
  const classes = upTo(op, checkedDepth(op, op.tensor(1)));
  const column = op.reshape(
    classes,
    Array.from({ length: rank + 1 }, (_, one) => (one === at ? -1 : 1)),
  );
  const wide = unsqueeze(op, op.cast(indices, 'INT64'), [at]);
  const isClass = op.binary('Equal', wide, column, { dtype: 'BOOL' });
  return choose(op, isClass, op.tensor(2), op.tensor(3));
}

function checkedDepth(op: Op, given: TensorValue): TensorValue {
  const [known] = given.elements ?? [];
  if (typeof known === 'number') {
    return known < 0 ? op.refuse(`depth is ${known}`) : op.scalar('INT64', known);
  }
  const depth = op.reshape(op.cast(given, 'INT64'), []);
  const isPossible = op.binary('GreaterOrEqual', depth, op.scalar('INT64', 0), { dtype: 'BOOL' });
  return valueIf(op, isPossible, 'depth must be non-negative', depth);
}

/**
 * x: [n]; values in the order of their first appearance, the place of each element among them, and how often it is
 * there. Fractions are compared on the host, as are slices along an axis: ONNX Runtime takes NaN for equal to anything.
 */
function unique(op: Op): readonly TensorValue[] {
  const x = op.tensor(0);
  const axes = op.node.op.endsWith('V2') ? op.tensor(1).shape : [0];
  const isVector = op.rank(x) === 1 && (axes?.[0] === 0 || op.tensor(1).elements?.[0] === 0);
  if (isFloat(x.dtype) || !isVector) {
    const attributes = { out_idx: op.attributes.type('out_idx', 'INT32') };
    return hostStep(op, op.node.op, op.tensors(), hostOutputTypes(op), attributes);
  }
  const index = op.attributes.type('out_idx', 'INT32');
  // Two unsigned numbers are equal exactly when the signed ones of the same bits are.
  const bits = x.dtype === 'UINT64' ? op.cast(x, 'INT64') : x;
  const kernels: readonly DType[] = ['INT8', 'INT64'];
  let others: readonly TensorValue[] = [];
  const values = throughKernels(op, kernels, [bits], ([wide = bits]) => {
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
  const outputs = [op.cast(values, x.dtype), ...others.map((one) => op.cast(one, index))];
  return op.node.op.startsWith('UniqueWithCounts') ? outputs : outputs.slice(0, 2);
}
