import { type AnyTensor, type DType, formatShape, invalidArgument, type Tensor } from '@tensorfleet/core';

/** The tensor at `index`. Throws INVALID_ARGUMENT when there is none. */
export function inputAt(inputs: readonly AnyTensor[], index: number): AnyTensor {
  const input = inputs[index];
  if (input === undefined) {
    throw invalidArgument(`input ${index} is missing, there are ${inputs.length}`);
  }
  return input;
}

/** The tensor at `index` when it has this dtype. Throws INVALID_ARGUMENT for another. */
export function typedInputAt<D extends DType>(inputs: readonly AnyTensor[], index: number, dtype: D): Tensor<D> {
  const input = inputAt(inputs, index);
  if (input.dtype !== dtype) {
    throw invalidArgument(`input ${index} is ${input.dtype}, it has to be ${dtype}`);
  }
  return input as Tensor<DType> as Tensor<D>; // the dtype was compared
}

export function stringsAt(inputs: readonly AnyTensor[], index: number): Tensor<'STRING'> {
  return typedInputAt(inputs, index, 'STRING');
}

/** The only element of a string tensor of rank 0. Throws INVALID_ARGUMENT for other ranks. */
export function stringAt(inputs: readonly AnyTensor[], index: number, name: string): Uint8Array {
  const { shape, data } = stringsAt(inputs, index);
  const [value] = data;
  if (shape.length > 0 || value === undefined) {
    throw invalidArgument(`${name} must be a scalar, but its shape is ${formatShape(shape)}`);
  }
  return value;
}

/** The only element of an integer tensor of rank 0. Throws INVALID_ARGUMENT for other ranks. */
export function integerAt(inputs: readonly AnyTensor[], index: number, name: string): number {
  const input = inputAt(inputs, index);
  const [value] = integersOf(input);
  if (input.shape.length > 0 || value === undefined) {
    throw invalidArgument(`${name} must be a scalar, but its shape is ${formatShape(input.shape)}`);
  }
  return value;
}

/** The elements of an integer tensor as numbers, rounded beyond 2^53. Throws INVALID_ARGUMENT for other dtypes. */
export function integersOf(tensor: AnyTensor): readonly number[] {
  if (tensor.dtype === 'STRING' || tensor.dtype.startsWith('FP') || tensor.dtype === 'BF16') {
    throw invalidArgument(`the dtype is ${tensor.dtype}, it has to be an integer`);
  }
  return Array.from<number | bigint, number>(tensor.data, Number);
}

/** The elements of an integer tensor of rank 1. Throws INVALID_ARGUMENT for other ranks. */
export function integerListAt(inputs: readonly AnyTensor[], index: number, name: string): readonly number[] {
  checkRank(inputAt(inputs, index), 1, name);
  return integersOf(inputAt(inputs, index));
}

/** Throws INVALID_ARGUMENT when the tensor has another rank. */
export function checkRank(tensor: AnyTensor, rank: number, name: string): void {
  if (tensor.shape.length !== rank) {
    throw invalidArgument(`${name} must have ${rank} dimensions, but its shape is ${formatShape(tensor.shape)}`);
  }
}
