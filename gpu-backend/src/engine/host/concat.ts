// biome-ignore-all lint/style/noNonNullAssertion: inputs are counted before they are read
import { type AnyTensor, elementCount, formatShape, invalidArgument } from '@tensorfleet/core';
import { numberAttribute } from './attributes.ts';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { inputAt, integerAt } from './inputs.ts';
import { reshaped } from './shape-ops.ts';
import { resolveAxis, stridedIndices } from './strides.ts';

/** Inputs: axis, values. */
export const concat: HostOp = () => (inputs) => [
  concatenated(inputs.slice(1), integerAt([reshaped(inputAt(inputs, 0), [])], 0, 'concat_dim')),
];

/** Inputs: values, axis. */
export const concatV2: HostOp = () => (inputs) => [
  concatenated(inputs.slice(0, -1), integerAt([reshaped(inputAt(inputs, inputs.length - 1), [])], 0, 'axis')),
];

export const pack: HostOp = (attributes) => {
  const axisOrNegative = numberAttribute(attributes, 'axis', 0);
  return (inputs) => {
    const { shape } = inputAt(inputs, 0);
    const odd = inputs.find((value) => formatShape(value.shape) !== formatShape(shape));
    if (odd !== undefined) {
      throw invalidArgument(`Shapes of all inputs must match: ${formatShape(shape)} != ${formatShape(odd.shape)}`);
    }
    const axis = resolveAxis(axisOrNegative, shape.length + 1);
    const parts = inputs.map((value) => reshaped(value, shape.toSpliced(axis, 0, 1)));
    return [concatenated(parts, axis)];
  };
};

function concatenated(values: readonly AnyTensor[], axisOrNegative: number): AnyTensor {
  const first = inputAt(values, 0);
  const axis = resolveAxis(axisOrNegative, first.shape.length);
  const isLike = ({ dtype, shape }: AnyTensor): boolean =>
    dtype === first.dtype &&
    shape.length === first.shape.length &&
    shape.every((size, at) => at === axis || size === first.shape[at]);
  const odd = values.find((value) => !isLike(value));
  if (odd !== undefined) {
    const shapes = `${formatShape(first.shape)} and ${formatShape(odd.shape)}`;
    throw invalidArgument(`ConcatOp : all dimensions but ${axis} must be equal, shapes are ${shapes}`);
  }
  const sizes = values.map((value) => value.shape[axis]!);
  const shape = first.shape.with(
    axis,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const rows = elementCount(first.shape.slice(0, axis));
  const widths = values.map((value) => (rows === 0 ? 0 : value.data.length / rows));
  // Indices into the values as if they stood one behind the other.
  const indices = stridedIndices([elementCount(shape)], [0]);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let start = 0;
    for (const [index, width] of widths.entries()) {
      for (let column = 0; column < width; column++) {
        indices[at++] = start + row * width + column;
      }
      start += values[index]!.data.length;
    }
  }
  return takeElements(joined(values), indices, shape);
}

/** All elements in a row. */
function joined(values: readonly AnyTensor[]): AnyTensor {
  const first = values[0]!;
  const parts = values.map(({ data }) => data);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = Array.from<unknown>({ length });
  let start = 0;
  for (const part of parts) {
    for (let index = 0; index < part.length; index++) {
      all[start + index] = part[index];
    }
    start += part.length;
  }
  return { ...first, shape: [length], data: all } as unknown as AnyTensor; // only read by index, by takeElements
}
