import { type AnyTensor, allocate, bfloat16Bits, type DataOf, type NumericDType } from '@tensorfleet/core';

/** TensorFlow Serving pads no others. */
const MAX_RANK = 6;

/** Whether padding can make the tensor as large as others of its rank: an empty one has no element to pad with. */
export function isPaddable({ shape, data }: AnyTensor): boolean {
  return shape.length >= 2 && shape.length <= MAX_RANK && data.length > 0;
}

/** The largest of each dimension but the first, over tensors of equal rank. */
export function maxDimSizes(tensors: readonly AnyTensor[]): readonly number[] {
  const [first, ...others] = tensors.map(({ shape }) => shape.slice(1));
  return (first ?? []).map((size, axis) => Math.max(size, ...others.map((other) => other[axis] ?? 0)));
}

/**
 * The tensor with `sizes` after its first dimension, which are as large as its own or larger. What is added, at the end
 * of each dimension, holds `value`, or the tensor's own first element when that is undefined or the tensor holds strings.
 */
export function addPadding(tensor: AnyTensor, sizes: readonly number[], value: number | undefined): AnyTensor {
  const shape = [tensor.shape[0] ?? 0, ...sizes];
  if (sizes.every((size, axis) => size === tensor.shape[axis + 1])) {
    return tensor;
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (tensor.dtype === 'STRING') {
    const data = new Array<Uint8Array>(count).fill(tensor.data[0] ?? new Uint8Array(0));
    copyRuns(tensor.shape, shape, (from, to, length) => {
      for (let index = 0; index < length; index++) {
        data[to + index] = tensor.data[from + index] as Uint8Array; // both are inside, by the shapes
      }
    });
    return { dtype: 'STRING', shape, data };
  }
  // One class stands for all: source and target are of the same, which dtype names.
  const source = tensor.data as Float32Array;
  const data = allocate(tensor.dtype, count) as Float32Array;
  data.fill((value === undefined ? source[0] : elementOf(tensor.dtype, value)) as number);
  copyRuns(tensor.shape, shape, (from, to, length) => data.set(source.subarray(from, from + length), to));
  return { dtype: tensor.dtype, shape, data: data as DataOf[NumericDType] } as AnyTensor;
}

/** `value` as the arrays of this dtype hold it. */
export function elementOf(dtype: NumericDType, value: number): number | bigint {
  switch (dtype) {
    case 'INT64':
    case 'UINT64':
      return BigInt(Math.trunc(value));
    case 'BF16':
      return bfloat16Bits(value);
    case 'BOOL':
      return value === 0 ? 0 : 1;
    default:
      return value;
  }
}

/** Calls `copy` for each run along the last dimension of the smaller shape. */
function copyRuns(
  small: readonly number[],
  large: readonly number[],
  copy: (from: number, to: number, length: number) => void,
): void {
  const length = small.at(-1) ?? 1;
  const visit = (axis: number, from: number, to: number): void => {
    if (axis === small.length - 1) {
      copy(from * length, to * (large.at(-1) ?? 1), length);
      return;
    }
    const size = small[axis] ?? 1;
    for (let index = 0; index < size; index++) {
      visit(axis + 1, from * size + index, to * (large[axis] ?? 1) + index);
    }
  };
  visit(0, 0, 0);
}
