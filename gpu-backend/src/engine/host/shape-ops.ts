// biome-ignore-all lint/style/noNonNullAssertion: axes are resolved against the shape that they index
import { type AnyTensor, allocate, elementCount, formatShape, invalidArgument, type Tensor } from '@tensorfleet/core';
import { dtypeAttribute, numbersAttribute } from './attributes.ts';
import { takeElements } from './elements.ts';
import type { HostAttributes, HostOp } from './host-op.ts';
import { inputAt, integersOf } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { resolveAxis, stridedIndices } from './strides.ts';

/** Ops that look at shapes only, or change nothing else. */

export const identity: HostOp = () => (inputs) => [inputAt(inputs, 0)];

export const rank: HostOp = () => (inputs) => [integerTensor('INT32', [], [inputAt(inputs, 0).shape.length])];

export const shapeOf: HostOp = (attributes) => {
  const dtype = indexType(attributes, 'out_type');
  return (inputs) => {
    const { shape } = inputAt(inputs, 0);
    return [integerTensor(dtype, [shape.length], shape)];
  };
};

export const sizeOf: HostOp = (attributes) => {
  const dtype = indexType(attributes, 'out_type');
  return (inputs) => [integerTensor(dtype, [], [inputAt(inputs, 0).data.length])];
};

export const zerosLike: HostOp = () => (inputs) => {
  const input = inputAt(inputs, 0);
  return [{ ...input, data: allocate(input.dtype, input.data.length) } as AnyTensor]; // of the same dtype
};

export const expandDims: HostOp = () => (inputs) => {
  const input = inputAt(inputs, 0);
  const [axis, ...more] = integersOf(inputAt(inputs, 1));
  if (axis === undefined || more.length > 0) {
    throw invalidArgument("'dim' must be a tensor with a single value");
  }
  return [reshaped(input, input.shape.toSpliced(resolveAxis(axis, input.shape.length + 1), 0, 1))];
};

export const squeeze: HostOp = (attributes) => {
  const dims = numbersAttribute(attributes, 'squeeze_dims');
  return (inputs) => {
    const input = inputAt(inputs, 0);
    const axes = dims.map((axis) => resolveAxis(axis, input.shape.length));
    const stiff = axes.find((axis) => input.shape[axis] !== 1);
    if (stiff !== undefined) {
      throw invalidArgument(`Can not squeeze dim[${stiff}], expected a dimension of 1, got ${input.shape[stiff]}`);
    }
    const isDropped = (size: number, axis: number): boolean => (dims.length === 0 ? size === 1 : axes.includes(axis));
    return [
      reshaped(
        input,
        input.shape.filter((size, axis) => !isDropped(size, axis)),
      ),
    ];
  };
};

export const reshape: HostOp = () => (inputs) => {
  const input = inputAt(inputs, 0);
  const shape = integersOf(inputAt(inputs, 1));
  if (inputAt(inputs, 1).shape.length > 1) {
    throw invalidArgument(`sizes input must be 1-D, not ${formatShape(inputAt(inputs, 1).shape)}`);
  }
  const unknown = shape.indexOf(-1);
  if (unknown === -1) {
    return [reshaped(input, shape)];
  }
  const rest = shape.toSpliced(unknown, 1);
  if (rest.includes(-1)) {
    throw invalidArgument(`Only one input size may be -1, the shape is ${formatShape(shape)}`);
  }
  // Where both have dimensions of 0, the others say what is left for the unknown one.
  const isCounted = (size: number): boolean => size !== 0 || !rest.includes(0);
  const count = elementCount(rest.filter(isCounted));
  return [reshaped(input, shape.with(unknown, Math.floor(elementCount(input.shape.filter(isCounted)) / count)))];
};

/** Inputs: dims, value. */
export const fill: HostOp =
  () =>
  (inputs): readonly AnyTensor[] => {
    const dims = inputAt(inputs, 0);
    const value = inputAt(inputs, 1);
    if (dims.shape.length > 1 || value.data.length !== 1) {
      const shapes = `${formatShape(dims.shape)} and ${formatShape(value.shape)}`;
      throw invalidArgument(`dims must represent a vector, value a scalar, got shapes ${shapes}`);
    }
    const shape = integersOf(dims);
    const repeat = stridedIndices(shape, new Array<number>(shape.length).fill(0));
    return [takeElements(value, repeat, shape)];
  };

/** An attribute that says whether indices are INT32, its default, or INT64. */
export function indexType(attributes: HostAttributes, name: string): 'INT32' | 'INT64' {
  return dtypeAttribute(attributes, name, 'INT32') === 'INT64' ? 'INT64' : 'INT32';
}

/** The same elements. Throws INVALID_ARGUMENT when `shape` holds another number of them. */
export function reshaped(input: AnyTensor, shape: readonly number[]): AnyTensor {
  if (elementCount(shape) !== input.data.length) {
    throw invalidArgument(
      `Input to reshape is a tensor with ${input.data.length} values, but the requested shape is ${formatShape(shape)}`,
    );
  }
  return { ...(input as Tensor), shape } as AnyTensor; // of the same dtype
}
