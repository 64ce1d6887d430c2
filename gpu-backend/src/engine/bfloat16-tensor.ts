import { bfloat16Bits, bfloat16Value, type Tensor } from '@tensorfleet/core';

/** The same numbers as FP32, exactly. */
export function widenBfloat16({ shape, data }: Tensor<'BF16'>): Tensor<'FP32'> {
  return { dtype: 'FP32', shape, data: Float32Array.from(data, bfloat16Value) };
}

/** The nearest bfloat16 numbers. */
export function narrowToBfloat16({ shape, data }: Tensor<'FP32'>): Tensor<'BF16'> {
  return { dtype: 'BF16', shape, data: Uint16Array.from(data, bfloat16Bits) };
}
