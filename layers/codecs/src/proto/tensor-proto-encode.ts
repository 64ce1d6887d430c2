// biome-ignore-all lint/style/noNonNullAssertion: a hot file, the indices of these typed-array reads are in bounds
import type { AnyTensor, NumericDType, Tensor } from '@tensorfleet/core';
import { dtypeToTensorFlow } from '../tensorflow-dtype.ts';
import type { ByteWriter } from './byte-writer.ts';
import { bytesField, delimited, type EncodeOptions, encodeMessage, type Field, intField } from './fields.ts';
import { shapeField } from './tensor-shape-proto.ts';
import { asBytes, asIntegers, asWords, type IntArray, STRING_VAL, VALUE_FIELDS } from './tensor-values.ts';
import { sizeOfVarint } from './wire.ts';

/** Encoding of tensorflow.TensorProto. Hot file. */

/**
 * Where the values go: `typed` into the `*_val` field of the dtype, all written out; `packed` into
 * `tensor_content`, one copy. Strings go into `string_val` either way.
 */
export type TensorContent = 'typed' | 'packed';

export interface TensorEncodeOptions extends EncodeOptions {
  /** Default: 'packed' for tensors and requests, 'typed' for responses, as TensorFlow Serving answers. */
  readonly content?: TensorContent;
}

const TENSOR_CONTENT = 4;

/** The bytes of a TensorProto; dtype and shape are always written. */
export function encodeTensorProto(tensor: AnyTensor, options: TensorEncodeOptions = {}): Uint8Array<ArrayBuffer> {
  return encodeMessage(tensorFields(tensor, options.content ?? 'packed'), options);
}

/** The fields of a TensorProto, in the order of their numbers. */
export function tensorFields(tensor: AnyTensor, content: TensorContent): readonly Field[] {
  const head = [intField(1, dtypeToTensorFlow(tensor.dtype)), shapeField(2, tensor.shape)];
  if (tensor.dtype === 'STRING') {
    return [...head, ...tensor.data.map((value) => bytesField(STRING_VAL, value))];
  }
  if (tensor.data.length === 0) {
    return head;
  }
  return [...head, content === 'packed' ? bytesField(TENSOR_CONTENT, asBytes(tensor.data)) : valuesField(tensor)];
}

/** Where TensorFlow's Python API puts the values of a constant: several numbers are packed, but for two dtypes. */
export function savedContent({ dtype, data }: AnyTensor): TensorContent {
  const isTyped = data.length <= 1 || ['STRING', 'BOOL', 'UINT16'].includes(dtype);
  return isTyped ? 'typed' : 'packed';
}

/** All values as one packed `*_val` field. */
function valuesField(tensor: Tensor<NumericDType>): Field {
  const { field, encoding } = VALUE_FIELDS[tensor.dtype];
  switch (encoding) {
    case 'fixed':
      return bytesField(field, asBytes(tensor.data));
    case 'bool':
      return bytesField(field, asBytes(tensor.data)); // 0 and 1 are their own varints
    case 'int': {
      const integers = asIntegers(tensor.data);
      return delimited(field, sizeOfIntegers(integers), (writer) => writeIntegers(writer, integers));
    }
    case 'long': {
      const words = asWords(tensor.data);
      return delimited(field, sizeOfLongs(words), (writer) => writeLongs(writer, words));
    }
  }
}

function sizeOfIntegers(integers: IntArray): number {
  let size = 0;
  for (let index = 0; index < integers.length; index++) {
    const value = integers[index]!;
    size += value < 0 ? NEGATIVE_INT_BYTES : sizeOfVarint(value, 0);
  }
  return size;
}

/** Protobuf extends a negative int32 to 64 bits. */
const NEGATIVE_INT_BYTES = 10;

function writeIntegers(writer: ByteWriter, integers: IntArray): void {
  for (let index = 0; index < integers.length; index++) {
    const value = integers[index]!;
    if (value < 0) {
      writer.uint64(value >>> 0, 0xffff_ffff);
    } else {
      writer.uint32(value);
    }
  }
}

function sizeOfLongs(words: Uint32Array): number {
  let size = 0;
  for (let index = 0; index < words.length; index += 2) {
    size += sizeOfVarint(words[index]!, words[index + 1]!);
  }
  return size;
}

function writeLongs(writer: ByteWriter, words: Uint32Array): void {
  for (let index = 0; index < words.length; index += 2) {
    writer.uint64(words[index]!, words[index + 1]!);
  }
}
