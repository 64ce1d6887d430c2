import { type AnyTensor, ARRAY_OF, elementCount, internal } from '@tensorfleet/core';

/** A copy of a numeric tensor with its dimensions in another order: output dimension i is input dimension `order[i]`. */
export function transposed(tensor: AnyTensor, order: readonly number[]): AnyTensor {
  if (tensor.dtype === 'STRING') {
    throw internal('strings are not transposed');
  }
  const shape = order.map((axis) => tensor.shape[axis] ?? 1);
  const steps = stepsOf(tensor.shape);
  const outputSteps = order.map((axis) => steps[axis] ?? 0);
  const source = tensor.data as Float32Array; // only copied, whatever the class
  const target = new ARRAY_OF[tensor.dtype](elementCount(shape)) as Float32Array;
  copyStrided(source, target, shape, outputSteps);
  return { dtype: tensor.dtype, shape, data: target } as unknown as AnyTensor; // the same class as the input's
}

/** Distance in elements between neighbours along each dimension. */
function stepsOf(shape: readonly number[]): readonly number[] {
  const steps = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    steps[axis] = (steps[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return steps;
}

/** Fills `target`, row-major in `shape`, from `source` read in `steps`. */
function copyStrided(
  source: Float32Array,
  target: Float32Array,
  shape: readonly number[],
  steps: readonly number[],
): void {
  const index = new Array<number>(shape.length).fill(0);
  const last = shape.length - 1;
  const width = shape[last] ?? 1;
  const step = steps[last] ?? 0;
  let offset = 0;
  for (let start = 0; start < target.length; start += width) {
    for (let column = 0; column < width; column++) {
      target[start + column] = source[offset + column * step] ?? 0;
    }
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      offset += steps[axis] ?? 0;
      if (next < (shape[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      offset -= (steps[axis] ?? 0) * next;
      index[axis] = 0;
    }
  }
}
