import { formatShape } from '@tensorfleet/core';
import type { Shape } from './value.ts';

/** What two statements about one tensor say together: a known dimension wins over an unknown one. */
export function mergeShapes(declared: Shape, inferred: Shape): Shape {
  if (declared === null || inferred === null || declared.length !== inferred.length) {
    return inferred ?? declared;
  }
  return inferred.map((size, axis) => size ?? declared[axis] ?? null);
}

/** What holds for tensors of either shape. */
export function commonShape(a: Shape, b: Shape): Shape {
  return a === null || b === null || a.length !== b.length
    ? null
    : a.map((size, axis) => (size === b[axis] ? size : null));
}

/** The shape of an elementwise op over both; null when a rank is unknown. Sizes that do not fit are left to the runtime. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  if (a === null || b === null) {
    return null;
  }
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = axis < rank - a.length ? 1 : (a[axis - rank + a.length] ?? null);
    const y = axis < rank - b.length ? 1 : (b[axis - rank + b.length] ?? null);
    if (x === 1) {
      return y;
    }
    return y === 1 || y === null ? x : y;
  });
}

/** Number of elements; undefined when a dimension is unknown. */
export function sizeOf(shape: Shape): number | undefined {
  return shape?.every((size) => size !== null) ? shape.reduce<number>((size, one) => size * (one ?? 0), 1) : undefined;
}

/** The dimensions when all are known. */
export function staticShape(shape: Shape): readonly number[] | undefined {
  return shape?.every((size) => size !== null) ? (shape as readonly number[]) : undefined;
}

export function formatStaticShape(shape: Shape): string {
  return shape === null ? 'of unknown rank' : formatShape(shape);
}
