import {
  type AnyTensor,
  ARRAY_OF,
  byteSizeOf,
  type DType,
  invalidArgument,
  type NumericDType,
  tensor,
  unimplemented,
} from '@tensorfleet/core';
import { booleanAttribute, dtypeAttribute } from './attributes.ts';
import type { HostAttributes, HostOp } from './host-op.ts';
import { integerAt, stringsAt } from './inputs.ts';

/** Strings of one length become rows of numbers: [..., length / size]. */
export const decodeRaw: HostOp = (attributes) => {
  const dtype = numericOutType(attributes);
  const isLittle = booleanAttribute(attributes, 'little_endian', true);
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    const length = data[0]?.length ?? 0;
    const odd = data.findIndex((bytes) => bytes.length !== length);
    if (odd !== -1) {
      const sizes = `element ${odd} has size ${data[odd]?.length} != ${length}`;
      throw invalidArgument(`DecodeRaw requires input strings to all be the same size, but ${sizes}`);
    }
    if (length % byteSizeOf(dtype) !== 0) {
      const size = `${byteSizeOf(dtype)}, the size of ${dtype}`;
      throw invalidArgument(`Input to DecodeRaw has length ${length} that is not a multiple of ${size}`);
    }
    return [numbersOf(dtype, shape, data, length, isLittle)];
  };
};

/** Strings are cut, or filled with zeros, to a fixed length. */
export const decodePaddedRaw: HostOp = (attributes) => {
  const dtype = numericOutType(attributes);
  const isLittle = booleanAttribute(attributes, 'little_endian', true);
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    const length = integerAt(inputs, 1, 'fixed_length');
    if (length <= 0 || length % byteSizeOf(dtype) !== 0) {
      const size = `${byteSizeOf(dtype)}, the size of ${dtype}`;
      throw invalidArgument(`fixed_length (${length}) must be greater than zero and a multiple of ${size}`);
    }
    return [numbersOf(dtype, shape, data, length, isLittle)];
  };
};

function numericOutType(attributes: HostAttributes): NumericDType {
  const dtype: DType = dtypeAttribute(attributes, 'out_type');
  if (dtype === 'STRING') {
    throw unimplemented('DecodeRaw to STRING is not supported');
  }
  return dtype;
}

function numbersOf(
  dtype: NumericDType,
  shape: readonly number[],
  data: readonly Uint8Array[],
  length: number,
  isLittle: boolean,
): AnyTensor {
  const bytes = new Uint8Array(data.length * length);
  for (const [row, source] of data.entries()) {
    bytes.set(source.subarray(0, length), row * length);
  }
  const size = byteSizeOf(dtype);
  for (let start = 0; !isLittle && start < bytes.length; start += size) {
    bytes.subarray(start, start + size).reverse();
  }
  const numbers = dtype === 'BOOL' ? bytes.map((byte) => (byte === 0 ? 0 : 1)) : new ARRAY_OF[dtype](bytes.buffer);
  return tensor<NumericDType>(dtype, [...shape, length / size], numbers) as AnyTensor; // dtype and array belong together
}
