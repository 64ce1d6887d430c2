import {
  type AnyTensor,
  ARRAY_OF,
  bfloat16Bits,
  type DType,
  invalidArgument,
  type NumericDType,
} from '@tensorfleet/core';
import type { FeatureKind } from '../../engine/host/example-proto.ts';

const FLOATS: readonly DType[] = ['FP16', 'BF16', 'FP32', 'FP64'];

/** Whether an input of `dtype` can be made of a feature: floats of floats, strings of bytes, any number of int64. */
export function takesFeature(dtype: DType, kind: FeatureKind): boolean {
  switch (kind) {
    case 'STRING':
      return dtype === 'STRING';
    case 'FP32':
      return FLOATS.includes(dtype);
    case 'INT64':
      return dtype !== 'STRING';
  }
}

/**
 * A feature that was read, in the dtype of its input. Floats are rounded; throws INVALID_ARGUMENT for an integer that
 * `dtype` does not have.
 */
export function castFeature(feature: AnyTensor, dtype: DType, input: string): AnyTensor {
  if (feature.dtype === dtype || dtype === 'STRING') {
    return feature;
  }
  const { shape, data } = feature;
  if (FLOATS.includes(dtype)) {
    const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
    const cast = dtype === 'BF16' ? Uint16Array.from(numbers, bfloat16Bits) : floatsOf(dtype, numbers);
    return { dtype, shape, data: cast } as AnyTensor; // the array class of dtype
  }
  return { dtype, shape, data: integersOf(dtype, data as BigInt64Array, input) } as AnyTensor; // features hold int64
}

function floatsOf(dtype: DType, numbers: readonly number[]): Float16Array | Float32Array | Float64Array {
  switch (dtype) {
    case 'FP16':
      return Float16Array.from(numbers);
    case 'FP64':
      return Float64Array.from(numbers);
    default:
      return Float32Array.from(numbers);
  }
}

type Integers = Int32Array | BigUint64Array; // stands for the classes of its kind

function integersOf(dtype: NumericDType, values: BigInt64Array, input: string): Integers {
  const cast = new ARRAY_OF[dtype](values.length) as Integers;
  for (const [index, value] of values.entries()) {
    cast[index] = cast instanceof BigUint64Array ? value : Number(value);
    if (BigInt(cast[index] ?? 0) !== value || (dtype === 'BOOL' && (value < 0n || value > 1n))) {
      throw invalidArgument(`input "${input}" takes ${dtype}, its feature holds ${value}`, { input });
    }
  }
  return cast;
}
