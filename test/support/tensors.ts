import {
  type AnyTensor,
  type DataOf,
  type DType,
  type NamedTensors,
  type Signature,
  type TensorSpec,
  tensor,
} from '@tensorfleet/core';

/** `fp32([2, 2], 1, 2, 3, 4)`. */
export function fp32(shape: readonly number[], ...values: number[]): AnyTensor {
  return tensor('FP32', shape, Float32Array.from(values));
}

/** `int64([1], 5n)`. */
export function int64(shape: readonly number[], ...values: bigint[]): AnyTensor {
  return tensor('INT64', shape, BigInt64Array.from(values));
}

export function strings(shape: readonly number[], ...values: string[]): AnyTensor {
  return tensor(
    'STRING',
    shape,
    values.map((value) => new TextEncoder().encode(value)),
  );
}

/** `named({ x: fp32([1], 2) })`. */
export function named(tensors: Readonly<Record<string, AnyTensor>>): NamedTensors {
  return new Map(Object.entries(tensors));
}

/** The values of a numeric output as plain numbers. */
export function valuesOf(tensors: NamedTensors, name: string): number[] {
  const found = tensors.get(name);
  if (found === undefined || found.dtype === 'STRING') {
    throw new Error(`no numeric tensor "${name}"`);
  }
  return Array.from(found.data as ArrayLike<number | bigint>, Number);
}

type Shapes = Readonly<Record<string, readonly [DType, TensorSpec['shape']]>>;

/** `signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] })`, named serving_default. */
export function signature(inputs: Shapes, outputs: Shapes): Signature {
  return {
    name: 'serving_default',
    methodName: 'tensorflow/serving/predict',
    inputs: specs(inputs),
    outputs: specs(outputs),
  };
}

function specs(shapes: Shapes): ReadonlyMap<string, TensorSpec> {
  return new Map(Object.entries(shapes).map(([name, [dtype, shape]]) => [name, { name, dtype, shape }]));
}

/** One element of each dtype at the edge of its range, for tables. */
export const EDGE_VALUES: { readonly [D in DType]: DataOf[D] } = {
  BOOL: Uint8Array.of(0, 1),
  UINT8: Uint8Array.of(0, 255),
  UINT16: Uint16Array.of(0, 65_535),
  UINT32: Uint32Array.of(0, 4_294_967_295),
  UINT64: BigUint64Array.of(0n, 2n ** 64n - 1n),
  INT8: Int8Array.of(-128, 127),
  INT16: Int16Array.of(-32_768, 32_767),
  INT32: Int32Array.of(-2_147_483_648, 2_147_483_647),
  INT64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
  FP16: Float16Array.of(-65_504, 65_504),
  BF16: Uint16Array.of(0x3f80, 0xc000),
  FP32: Float32Array.of(-3.4028234663852886e38, 1.401298464324817e-45),
  FP64: Float64Array.of(-Number.MAX_VALUE, Number.MIN_VALUE),
  STRING: [new TextEncoder().encode('héllo'), new Uint8Array(0)],
};
