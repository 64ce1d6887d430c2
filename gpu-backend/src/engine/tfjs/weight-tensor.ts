import { type AnyTensor, type DType, dataLoss, elementCount, tensor, unimplemented } from '@tensorfleet/core';
import type { StoredWeight } from './weight-files.ts';

/**
 * A weight as a tensor of `dtype`, which is what the graph declares; the file knows fewer dtypes, and INT64 stands
 * there as int32, FP16 and FP64 as float32. Quantised weights come out as TensorFlow.js computes them.
 * Throws UNIMPLEMENTED when the graph's dtype is none that the file's can stand for.
 */
export function weightTensor(weight: StoredWeight, dtype: DType): AnyTensor {
  const { shape, dtype: stored } = weight.spec;
  const count = elementCount(shape);
  switch (stored) {
    case 'float32':
      return floatTensor(dtype, shape, floats(weight, count), weight);
    case 'int32':
      return integerTensor(dtype, shape, integers(weight, count), weight);
    case 'bool':
      return dtype === 'BOOL'
        ? tensor(
            'BOOL',
            shape,
            weight.bytes.map((byte) => Math.min(byte, 1)),
          )
        : mismatch(weight, dtype);
    case 'string':
      return dtype === 'STRING' ? tensor('STRING', shape, strings(weight.bytes, count)) : mismatch(weight, dtype);
    case 'complex64':
      return mismatch(weight, dtype);
  }
}

function floatTensor(dtype: DType, shape: readonly number[], values: Float32Array, weight: StoredWeight): AnyTensor {
  switch (dtype) {
    case 'FP32':
      return tensor('FP32', shape, values);
    case 'FP64':
      return tensor('FP64', shape, Float64Array.from(values));
    case 'FP16':
      return tensor('FP16', shape, Float16Array.from(values));
    default:
      return mismatch(weight, dtype);
  }
}

function integerTensor(dtype: DType, shape: readonly number[], values: Int32Array, weight: StoredWeight): AnyTensor {
  switch (dtype) {
    case 'INT32':
      return tensor('INT32', shape, values);
    case 'INT64':
      return tensor('INT64', shape, BigInt64Array.from(values, BigInt));
    case 'UINT8':
      return tensor('UINT8', shape, Uint8Array.from(values));
    case 'INT8':
      return tensor('INT8', shape, Int8Array.from(values));
    default:
      return mismatch(weight, dtype);
  }
}

function floats({ spec: { quantization }, bytes }: StoredWeight, count: number): Float32Array {
  switch (quantization?.dtype) {
    case undefined:
      return new Float32Array(aligned(bytes), 0, count);
    case 'float16':
      return Float32Array.from(new Float16Array(aligned(bytes), 0, count));
    case 'uint8':
    case 'uint16': {
      const { scale, min } = quantization;
      return Float32Array.from(quantized(quantization.dtype, bytes, count), (value) => value * scale + min);
    }
  }
}

function integers({ spec: { quantization, name }, bytes }: StoredWeight, count: number): Int32Array {
  switch (quantization?.dtype) {
    case undefined:
      return new Int32Array(aligned(bytes), 0, count);
    case 'float16':
      throw dataLoss(`weight "${name}" is int32 and quantised as float16`);
    case 'uint8':
    case 'uint16': {
      const { scale, min } = quantization;
      return Int32Array.from(quantized(quantization.dtype, bytes, count), (value) => Math.round(value * scale + min));
    }
  }
}

function quantized(dtype: 'uint8' | 'uint16', bytes: Uint8Array<ArrayBuffer>, count: number): Uint8Array | Uint16Array {
  return dtype === 'uint8' ? bytes : new Uint16Array(aligned(bytes), 0, count);
}

function strings(bytes: Uint8Array<ArrayBuffer>, count: number): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset = 0;
  return Array.from({ length: count }, () => {
    const start = offset + 4;
    offset = start + view.getUint32(offset, true);
    return bytes.slice(start, offset);
  });
}

/** A copy: weights follow each other without padding. */
function aligned(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.slice().buffer;
}

function mismatch({ spec }: StoredWeight, dtype: DType): never {
  throw unimplemented(`weight "${spec.name}" is ${spec.dtype} in the file and ${dtype} in the graph`);
}
