import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import type { TensorValue } from '../value.ts';
import { PADDED } from './joining.ts';
import { throughKernels } from './widening.ts';
import { spatialEntries } from './windows.ts';

/** Windows of pictures as vectors. */
export const PATCH_OPS: OpTable = {
  ExtractImagePatches: (op) => patches(op, 2, spatialEntries(op, 'rates', op.attributes.ints('rates'), 2)),
  ExtractVolumePatches: (op) => patches(op, 3, [1, 1, 1]),
};

/** x: [n, ...sizes, c] -> [n, ...places, window * c]: each place of a window is a strided slice of the pictures. */
function patches(op: Op, spatial: number, rates: readonly number[]): TensorValue {
  const kernel = spatialEntries(op, 'ksizes', op.attributes.ints('ksizes'), spatial);
  const strides = spatialEntries(op, 'strides', op.attributes.ints('strides'), spatial);
  const reach = kernel.map((size, axis) => (size - 1) * (rates[axis] ?? 1) + 1);
  const input = op.tensor(0);
  const axes = kernel.map((_, axis) => axis + 1);
  return throughKernels(op, PADDED, [input], ([x = input]) => {
    const sizes = op.emit('Gather', [op.shapeOf(x), op.int64s(axes)], { dtype: 'INT64', shape: [spatial] });
    const { padded, counts } = windows(op, x, sizes, reach, strides);
    const one = op.int64s(axes.map(() => 1));
    const span = op.emit('Mul', [op.emit('Sub', [counts, one]), op.int64s(strides)]);
    const slices = offsets(kernel).map((offset) => {
      const starts = op.int64s(offset.map((place, axis) => place * (rates[axis] ?? 1)));
      const ends = op.emit('Add', [op.emit('Add', [starts, span]), one]);
      return op.emit('Slice', [padded, starts, ends, op.int64s(axes), op.int64s(strides)]);
    });
    return op.emit('Concat', slices, { attributes: { axis: spatial + 1 } });
  });
}

/** The pictures with their padding, and how many windows there are along each dimension. */
function windows(
  op: Op,
  x: TensorValue,
  sizes: TensorValue,
  reach: readonly number[],
  strides: readonly number[],
): { readonly padded: TensorValue; readonly counts: TensorValue } {
  const steps = op.int64s(strides);
  const divided = (added: readonly number[]): TensorValue =>
    op.emit('Div', [op.emit('Add', [sizes, op.int64s(added)]), steps], { shape: sizes.shape });
  const padding = op.attributes.string('padding');
  if (padding === 'VALID') {
    const counts = divided(reach.map((size, axis) => (strides[axis] ?? 1) - size));
    return { padded: x, counts: op.emit('Max', [counts, op.int64s(reach.map(() => 0))]) };
  }
  if (padding !== 'SAME') {
    return op.refuse(`padding ${padding} is not supported`);
  }
  const counts = divided(strides.map((stride) => stride - 1));
  const span = op.emit('Mul', [op.emit('Sub', [counts, op.int64s(strides.map(() => 1))]), steps]);
  const total = op.emit('Sub', [op.emit('Add', [span, op.int64s(reach)]), sizes]);
  const added = op.emit('Max', [total, op.int64s(reach.map(() => 0))]);
  const before = op.emit('Div', [added, op.int64s(reach.map(() => 2))]);
  const zero = op.int64s([0]);
  const pads = op.emit('Concat', [zero, before, zero, zero, op.emit('Sub', [added, before]), zero], {
    attributes: { axis: 0 },
  });
  return { padded: op.emit('Pad', [x, pads]), counts };
}

/** Every place in a window, row by row. */
function offsets(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (found, size) => found.flatMap((place) => Array.from({ length: size }, (_, index) => [...place, index])),
    [[]],
  );
}
