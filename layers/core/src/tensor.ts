import { ARRAY_OF, type DataOf, type DType, type NumericDType } from './dtype.ts';
import { invalidArgument } from './status-error.ts';

/** Row-major, immutable; `data` may be a view into a larger buffer and holds exactly product(shape) elements. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DataOf[D];
}

/** One member per dtype: narrow `dtype` and `data` narrows with it. */
export type AnyTensor = { readonly [D in DType]: Tensor<D> }[DType];

export type NamedTensors = ReadonlyMap<string, AnyTensor>;

/** More dimensions than any engine here takes; a longer shape is refused before it is multiplied out. */
export const MAX_RANK = 32;

/**
 * Number of elements of a shape; 1 for a scalar.
 * Throws INVALID_ARGUMENT for negative or fractional dimensions and for products beyond 2^53 - 1.
 */
export function elementCount(shape: readonly number[]): number {
  if (shape.length > MAX_RANK) {
    throw invalidArgument(`shape has ${shape.length} dimensions, at most ${MAX_RANK} are allowed`);
  }
  let count = 1;
  for (const dimension of shape) {
    if (!Number.isSafeInteger(dimension) || dimension < 0) {
      throw invalidArgument(`shape ${formatShape(shape)} has the dimension ${dimension}, which is not a count`);
    }
    count *= dimension;
  }
  if (!Number.isSafeInteger(count)) {
    throw invalidArgument(`shape ${formatShape(shape)} has more than 2^53 elements`);
  }
  return count;
}

/** A tensor over `data` as it is (no copy). Throws INVALID_ARGUMENT when shape and data do not match. */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: DataOf[D]): Tensor<D> {
  const count = elementCount(shape);
  if (data.length !== count) {
    throw invalidArgument(`shape ${formatShape(shape)} wants ${count} elements, the data has ${data.length}`);
  }
  return { dtype, shape, data };
}

/** A tensor of zeros (false, empty strings). */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
  return { dtype, shape, data: allocate(dtype, elementCount(shape)) };
}

/** Zeroed storage for `count` elements. */
export function allocate<D extends DType>(dtype: D, count: number): DataOf[D] {
  const data =
    dtype === 'STRING' ? new Array<Uint8Array>(count).fill(EMPTY) : new ARRAY_OF[dtype as NumericDType](count); // the only other members of DType
  return data as DataOf[D]; // the class was looked up by D itself
}

const EMPTY = new Uint8Array(0);

/** `[2,3]`, unknown dimensions as `?`: the way errors print shapes. */
export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((dimension) => dimension ?? '?').join(',')}]`;
}
