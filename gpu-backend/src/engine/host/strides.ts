// biome-ignore-all lint/style/noNonNullAssertion: hot file, the indices of these reads are in bounds
import { elementCount, formatShape, invalidArgument, resourceExhausted } from '@tensorfleet/core';

/** Shapes may come from a request: larger results are refused before they are allocated. */
const MAX_ELEMENTS = 2 ** 28;

/** Elements between neighbours along each dimension of a row-major tensor. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/**
 * For every element of a row-major tensor of `shape` the index in a source where one step along an axis moves
 * `strides[axis]` elements, from `offset` on. Strides may be negative, and 0 to repeat. Throws RESOURCE_EXHAUSTED.
 */
export function stridedIndices(shape: readonly number[], strides: readonly number[], offset = 0): Int32Array {
  const count = elementCount(shape);
  if (count > MAX_ELEMENTS) {
    throw resourceExhausted(`the result has the shape ${formatShape(shape)}, the limit is ${MAX_ELEMENTS} elements`);
  }
  const indices = new Int32Array(count);
  const position = new Array<number>(shape.length).fill(0);
  let source = offset;
  for (let index = 0; index < count; index++) {
    indices[index] = source;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      position[axis]!++;
      if (position[axis]! < shape[axis]!) {
        break;
      }
      source -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
  return indices;
}

/** The shape that both broadcast to. Throws INVALID_ARGUMENT when there is none. */
export function broadcastShape(left: readonly number[], right: readonly number[]): readonly number[] {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1;
    const b = right[axis - rank + right.length] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      throw invalidArgument(`Incompatible shapes: ${formatShape(left)} vs. ${formatShape(right)}`);
    }
    return a === 1 ? b : a;
  });
}

/** For every element of `to` the index of its source in a tensor of `from`, which broadcasts to it. */
export function broadcastIndices(from: readonly number[], to: readonly number[]): Int32Array {
  const added = to.length - from.length;
  const strides = stridesOf(from);
  return stridedIndices(
    to,
    to.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : strides[axis - added]!)),
  );
}

/** `axis` counted from the front. Throws INVALID_ARGUMENT outside -rank to rank - 1. */
export function resolveAxis(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) {
    throw invalidArgument(`axis ${axis} is not in [${-rank}, ${rank})`);
  }
  return axis < 0 ? axis + rank : axis;
}
