// biome-ignore-all lint/style/noNonNullAssertion: indices come from the shapes of what they index
import { invalidArgument, tensor } from '@tensorfleet/core';
import { booleanAttribute, textAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { inputAt, integersOf, stringsAt } from './inputs.ts';
import { stridedIndices, stridesOf } from './strides.ts';
import { bytesOfText, joinBytes } from './strings.ts';

/** Joins along the axes in their order: the first one named runs fastest. */
export const reduceJoin: HostOp = (attributes) => {
  const separator = bytesOfText(textAttribute(attributes, 'separator', ''));
  const keepDims = booleanAttribute(attributes, 'keep_dims', false);
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    const joined = axesOf(integersOf(inputAt(inputs, 1)), shape.length);
    const kept = shape.map((_, axis) => axis).filter((axis) => !joined.includes(axis));
    const strides = stridesOf(shape);
    const indicesOf = (axes: readonly number[]): Int32Array =>
      stridedIndices(
        axes.map((axis) => shape[axis]!),
        axes.map((axis) => strides[axis]!),
      );
    const members = indicesOf(joined.toReversed());
    const groups = Array.from(indicesOf(kept), (start) =>
      joinBytes(
        Array.from(members, (member) => data[start + member]!),
        separator,
      ),
    );
    const reduced = shape.map((size, axis) => (joined.includes(axis) ? 1 : size));
    return [tensor('STRING', keepDims ? reduced : kept.map((axis) => shape[axis]!), groups)];
  };
};

function axesOf(indices: readonly number[], rank: number): readonly number[] {
  const axes = indices.map((index) => {
    if (index < -rank || index >= rank) {
      throw invalidArgument(`Invalid reduction dimension ${index} for input with ${rank} dimension(s)`);
    }
    return index < 0 ? index + rank : index;
  });
  if (new Set(axes).size !== axes.length) {
    throw invalidArgument(`Duplicate reduction dimension in ${indices.join(', ')}`);
  }
  return axes;
}
