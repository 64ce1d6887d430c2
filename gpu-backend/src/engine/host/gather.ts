// biome-ignore-all lint/style/noNonNullAssertion: axes and indices are checked before they are used
import { type AnyTensor, elementCount, formatShape, invalidArgument } from '@tensorfleet/core';
import { numberAttribute } from './attributes.ts';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { inputAt, integerAt, integersOf } from './inputs.ts';
import { resolveAxis, stridedIndices, stridesOf } from './strides.ts';

/** Inputs: params, indices. */
export const gather: HostOp = () => (inputs) => [gathered(inputAt(inputs, 0), inputAt(inputs, 1), 0, 0)];

/** Inputs: params, indices, axis. */
export const gatherV2: HostOp = (attributes) => {
  const batchDims = numberAttribute(attributes, 'batch_dims', 0);
  return (inputs) => [gathered(inputAt(inputs, 0), inputAt(inputs, 1), integerAt(inputs, 2, 'axis'), batchDims)];
};

function gathered(params: AnyTensor, indices: AnyTensor, axisOrNegative: number, batchDims: number): AnyTensor {
  const axis = resolveAxis(axisOrNegative, params.shape.length);
  const batch = resolveAxis(batchDims, indices.shape.length + 1 - (batchDims < 0 ? 1 : 0));
  if (batch > axis || indices.shape.slice(0, batch).some((size, at) => size !== params.shape[at])) {
    const shapes = `${formatShape(params.shape)} and ${formatShape(indices.shape)}`;
    throw invalidArgument(
      `params and indices of shapes ${shapes} have no ${batch} batch dimensions before axis ${axis}`,
    );
  }
  const size = params.shape[axis]!;
  const positions = integersOf(indices);
  const wrong = positions.find((index) => index < 0 || index >= size);
  if (wrong !== undefined) {
    throw invalidArgument(`indices: ${wrong} is not in [0, ${size})`);
  }
  const outer = params.shape.slice(batch, axis);
  const inner = params.shape.slice(axis + 1);
  const shape = [...params.shape.slice(0, axis), ...indices.shape.slice(batch), ...inner];
  const outerCount = elementCount(outer);
  const perBatch = elementCount(indices.shape.slice(batch));
  const width = elementCount(inner);
  const taken = stridedIndices([elementCount(shape)], [0]);
  for (let at = 0, row = 0; at < taken.length; row++) {
    const block = Math.floor(row / perBatch);
    const index = positions[Math.floor(block / outerCount) * perBatch + (row % perBatch)]!;
    const start = (block * size + index) * width;
    for (let column = 0; column < width; column++) {
      taken[at++] = start + column;
    }
  }
  return takeElements(params, taken, shape);
}

/** Inputs: params, indices: [..., depth]. */
export const gatherNd: HostOp = () => (inputs) => {
  const params = inputAt(inputs, 0);
  const indices = inputAt(inputs, 1);
  const depth = indices.shape.at(-1);
  if (depth === undefined || depth > params.shape.length) {
    const shapes = `${formatShape(indices.shape)} and ${formatShape(params.shape)}`;
    throw invalidArgument(`indices must be at least a vector and no deeper than params, their shapes are ${shapes}`);
  }
  const leading = indices.shape.slice(0, -1);
  const inner = params.shape.slice(depth);
  const strides = stridesOf(params.shape);
  const positions = integersOf(indices);
  const starts = Array.from({ length: elementCount(leading) }, (_, row) => {
    const place = positions.slice(row * depth, (row + 1) * depth);
    if (place.some((index, axis) => index < 0 || index >= params.shape[axis]!)) {
      throw invalidArgument(`indices[${row}] = ${formatShape(place)} does not index into ${formatShape(params.shape)}`);
    }
    return place.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
  });
  const shape = [...leading, ...inner];
  const width = elementCount(inner);
  const taken = stridedIndices(shape, new Array<number>(shape.length).fill(0));
  for (let at = 0; at < taken.length; at++) {
    taken[at] = starts[Math.floor(at / width)]! + (at % width);
  }
  return [takeElements(params, taken, shape)];
};
