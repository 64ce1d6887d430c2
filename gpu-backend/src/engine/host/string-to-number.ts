import { type AnyTensor, type DType, tensor, unimplemented } from '@tensorfleet/core';
import { dtypeAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { stringsAt } from './inputs.ts';
import { notANumber, parseDouble, parseFloat32, parseInteger } from './number-text.ts';
import { latin1Of, trimSpace } from './strings.ts';

export const stringToNumber: HostOp = (attributes) => {
  const dtype = dtypeAttribute(attributes, 'out_type', 'FP32');
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    const texts = data.map((bytes) => latin1Of(trimSpace(bytes)));
    return [numbersOf(dtype, shape, texts)];
  };
};

/** 'FP32', 'FP64' and integers of 32 and 64 bits. */
function numbersOf(dtype: DType, shape: readonly number[], texts: readonly string[]): AnyTensor {
  switch (dtype) {
    case 'FP32':
      return withNanSigns(tensor(dtype, shape, Float32Array.from(texts, wanted(parseFloat32))), texts);
    case 'FP64':
      // TensorFlow gives 0 for "-0" here, and -0 as float32: the sum is never -0.
      return withNanSigns(
        tensor(
          dtype,
          shape,
          Float64Array.from(texts, (text) => wanted(parseDouble)(text) + 0),
        ),
        texts,
      );
    case 'INT32':
      return tensor(dtype, shape, Int32Array.from(texts.map(wanted(integerWithin(-(2n ** 31n), 2n ** 31n))), Number));
    case 'UINT32':
      return tensor(dtype, shape, Uint32Array.from(texts.map(wanted(integerWithin(0n, 2n ** 32n))), Number));
    case 'INT64':
      return tensor(dtype, shape, BigInt64Array.from(texts, wanted(integerWithin(-(2n ** 63n), 2n ** 63n))));
    case 'UINT64':
      return tensor(dtype, shape, BigUint64Array.from(texts, wanted(integerWithin(0n, 2n ** 64n))));
    default:
      throw unimplemented(`StringToNumber to ${dtype} is not supported`);
  }
}

function wanted<T>(parse: (text: string) => T | undefined): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) {
      throw notANumber(text);
    }
    return value;
  };
}

function integerWithin(low: bigint, end: bigint): (text: string) => bigint | undefined {
  return (text) => {
    const value = low === 0n && text.startsWith('-') ? undefined : parseInteger(text);
    return value !== undefined && value >= low && value < end ? value : undefined;
  };
}

/** JavaScript has one NaN; C's "-nan" is one whose sign bit is set. */
function withNanSigns(result: AnyTensor & { readonly dtype: 'FP32' | 'FP64' }, texts: readonly string[]): AnyTensor {
  const { data } = result;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (const [index, text] of texts.entries()) {
    if (Number.isNaN(data[index])) {
      const last = (index + 1) * data.BYTES_PER_ELEMENT - 1;
      bytes[last] = text.startsWith('-') ? 0xff : 0x7f;
    }
  }
  return result;
}
