import type { AnyTensor } from '@tensorfleet/core';
import { savedContent } from '../proto/tensor-proto-encode.ts';
import { asBytes, asIntegers, STRING_VAL, VALUE_FIELDS } from '../proto/tensor-values.ts';
import { tensorFlowDTypeName } from '../tensorflow-dtype.ts';
import { encodeBase64 } from './base64.ts';
import { formatDecimal } from './decimal-text.ts';
import type { JsonWriter } from './json-writer.ts';

/** The repeated fields for values in the order in which protobuf prints them, the empty ones included. */
const VALUE_NAMES: ReadonlyMap<number, string> = new Map([
  [13, 'half_val'],
  [5, 'float_val'],
  [6, 'double_val'],
  [7, 'int_val'],
  [STRING_VAL, 'string_val'],
  [9, 'scomplex_val'],
  [10, 'int64_val'],
  [11, 'bool_val'],
  [12, 'dcomplex_val'],
  [14, 'resource_handle_val'],
  [15, 'variant_val'],
  [16, 'uint32_val'],
  [17, 'uint64_val'],
]);

const NO_BYTES = new Uint8Array(0);

/** Writes a TensorProto as protobuf prints messages, with all fields. */
export function writeTensorProto(writer: JsonWriter, tensor: AnyTensor): void {
  const { dtype, shape } = tensor;
  const isPacked = savedContent(tensor) === 'packed';
  const field = dtype === 'STRING' ? STRING_VAL : VALUE_FIELDS[dtype].field;
  writer.startObject();
  writer.key('dtype');
  writer.string(tensorFlowDTypeName(dtype));
  writer.key('tensor_shape');
  writeTensorShape(writer, shape);
  writer.key('version_number');
  writer.token('0');
  writer.key('tensor_content');
  writer.string(encodeBase64(isPacked && dtype !== 'STRING' ? asBytes(tensor.data) : NO_BYTES));
  for (const [number, name] of VALUE_NAMES) {
    writer.key(name);
    writer.startArray();
    if (number === field && !isPacked) {
      writeValues(writer, tensor);
    }
    writer.endArray();
  }
  writer.key('float8_val');
  writer.string('');
  writer.endObject();
}

/** A TensorShapeProto; null is an unknown rank or dimension. */
export function writeTensorShape(writer: JsonWriter, shape: readonly (number | null)[] | null): void {
  writer.startObject();
  writer.key('dim');
  writer.startArray();
  for (const size of shape ?? []) {
    writer.startObject();
    writer.key('size');
    writer.string(String(size ?? -1));
    writer.key('name');
    writer.string('');
    writer.endObject();
  }
  writer.endArray();
  writer.key('unknown_rank');
  writer.token(String(shape === null));
  writer.endObject();
}

/** 64-bit integers and what is not finite as strings, as protobuf has it. */
function writeValues(writer: JsonWriter, tensor: AnyTensor): void {
  switch (tensor.dtype) {
    case 'STRING':
      for (const value of tensor.data) {
        writer.string(encodeBase64(value));
      }
      return;
    case 'FP32':
    case 'FP64':
      for (const value of tensor.data) {
        writeFloat(writer, value, tensor.dtype);
      }
      return;
    case 'INT64':
    case 'UINT64':
      for (const value of tensor.data) {
        writer.string(String(value));
      }
      return;
    case 'BOOL':
      for (const value of tensor.data) {
        writer.token(String(value !== 0));
      }
      return;
    default:
      for (const value of asIntegers(tensor.data)) {
        writer.token(String(value));
      }
  }
}

function writeFloat(writer: JsonWriter, value: number, dtype: 'FP32' | 'FP64'): void {
  if (!Number.isFinite(value)) {
    writer.string(String(value));
  } else {
    writer.token(dtype === 'FP32' ? formatDecimal(value, dtype).replace(/\.0$/, '') : shortest(value));
  }
}

/** JavaScript's own shortest form, which forgets the sign of zero. */
function shortest(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
