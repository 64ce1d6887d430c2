import { type AnyTensor, tensor } from '@tensorfleet/core';

/** An integer tensor of the dtype that a node asks for. `values` must be integers within its range. */
export function integerTensor(
  dtype: 'INT32' | 'INT64',
  shape: readonly number[],
  values: readonly number[],
): AnyTensor {
  return dtype === 'INT32'
    ? tensor(dtype, shape, Int32Array.from(values))
    : tensor(dtype, shape, BigInt64Array.from(values, BigInt));
}
