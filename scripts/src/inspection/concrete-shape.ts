/** Sizes that free dimensions get: pictures must survive a few poolings, sequences need more than one step. */
const PICTURE_SIZE = 64;
const SEQUENCE_SIZE = 4;

/** A shape that a model with this declared one probably takes; a free first dimension has `rows`. */
export function concreteShape(shape: readonly (number | null)[] | null, rows: number): readonly number[] {
  const free = shape !== null && shape.length >= 4 ? PICTURE_SIZE : SEQUENCE_SIZE;
  return (shape ?? [null]).map((size, axis) => size ?? (axis === 0 ? rows : free));
}
