import type { NumericDType } from '@tensorfleet/core';
import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { unsqueeze } from './array.ts';
import { both, isAtMost, positions } from './index-arithmetic.ts';
import { OUT_OF_RANGE, valueIf } from './run-time-check.ts';

/** Ops that make numbers of positions and positions of numbers. */
export const NUMBERING_OPS: OpTable = {
  InvertPermutation: invertPermutation,
  UnravelIndex: unravelIndex,
  ConcatOffset: concatOffset,
};

/** x: [n], a permutation of 0..n-1. */
function invertPermutation(op: Op): TensorValue {
  const x = op.tensor(0);
  const places = guarded(op, op.cast(x, 'INT64'));
  const size = op.shapeOf(x);
  const none = op.emit('Expand', [op.scalar('INT64', -1), size], { shape: x.shape });
  const inverse = op.emit('ScatterElements', [none, places, positions(op, op.int64s([0]), size)], {
    attributes: { axis: 0 },
    shape: x.shape,
  });
  return valueIf(op, isAtMost(op, 0, inverse), 'an index is there twice', op.cast(inverse, x.dtype));
}

function guarded(op: Op, places: TensorValue): TensorValue {
  const isNegative = op.binary('Less', places, op.int64s([0]), { dtype: 'BOOL' });
  return op.emit('Where', [isNegative, op.int64s([OUT_OF_RANGE]), places], { dtype: 'INT64', shape: places.shape });
}

/** indices: [n] or a scalar, dims: [rank] -> [rank, n] or [rank]. */
function unravelIndex(op: Op): TensorValue {
  const indices = op.tensor(0);
  const dims = op.elements(1);
  const size = dims.reduce((product, one) => product * one, 1);
  if (size < 1 || size >= OUT_OF_RANGE) {
    return op.refuse(`dims ${dims} are not supported`);
  }
  const wide = op.cast(indices, 'INT64');
  const parts = dims.map((dim, axis) => {
    const inner = dims.slice(axis + 1).reduce((product, one) => product * one, 1);
    const part = op.binary('Mod', op.binary('Div', wide, op.scalar('INT64', inner)), op.scalar('INT64', dim));
    return unsqueeze(op, part, [0]);
  });
  const all = op.cast(op.emit('Concat', parts, { attributes: { axis: 0 }, shape: null }), indices.dtype);
  const isInside = both(op, isAtMost(op, 0, wide), isAtMost(op, wide, size - 1));
  return valueIf(op, isInside, 'index is out of bound as with dims', all);
}

/** concat_dim, shapes: where each part begins in the whole; the other sizes have to be equal. */
function concatOffset(op: Op): readonly TensorValue[] {
  const shapes = op.tensors(1).map((shape) => op.cast(shape, 'INT64'));
  const rank = shapes[0]?.shape?.[0] ?? op.refuse('the rank of the parts is unknown');
  const given = op.element(0);
  const axis = given < 0 ? given + rank : given;
  if (axis < 0 || axis >= rank) {
    return op.refuse(`axis ${given} is outside of rank ${rank}`);
  }
  const zeros = new Array<number>(rank).fill(0);
  const isAxis = op.constantOf('BOOL', [rank], zeros.with(axis, 1));
  const dtype = op.tensor(1).dtype as NumericDType; // INT32 or INT64
  let start = op.int64s(zeros);
  return shapes.map((shape, index) => {
    const offset = op.emit('Where', [isAxis, start, op.int64s(zeros)], { dtype: 'INT64', shape: [rank] });
    start = op.binary('Add', start, shape);
    const isEqual = op.binary('Or', isAxis, op.binary('Equal', shape, shapes[0] ?? shape, { dtype: 'BOOL' }));
    const cast = op.cast(offset, dtype);
    return index === 0 ? cast : valueIf(op, isEqual, 'the shapes of the parts differ', cast);
  });
}
