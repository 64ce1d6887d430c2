import { type AnyTensor, bfloat16Value } from '@tensorfleet/core';
import { encodeBase64 } from './base64.ts';
import type { JsonWriter } from './json-writer.ts';

/**
 * Outputs of strings with such a name hold bytes: clients expect `{"b64": ...}` whatever the bytes are. Others do when
 * one of their strings is no UTF-8, which JSON cannot hold: then all, so that a client finds one form per answer.
 */
const BYTES_SUFFIX = '_bytes';

/** Writes a tensor, or a part of one, as nested arrays. */
export interface TensorJson {
  /** Writes the elements at `index` along the first `axis` dimensions, which are counted as one. */
  write(axis: number, index: number): void;
}

/** `alias`: the name under which the tensor is written. */
export function tensorJson(writer: JsonWriter, alias: string, tensor: AnyTensor): TensorJson {
  const writeElement = elementWriterOf(writer, alias, tensor);
  const { shape } = tensor;
  const write = (axis: number, index: number): void => {
    const length = shape[axis];
    if (length === undefined) {
      writeElement(index);
      return;
    }
    writer.startArray();
    for (let i = 0; i < length; i++) {
      write(axis + 1, index * length + i); // no deeper than MAX_RANK
    }
    writer.endArray();
  };
  return { write };
}

function elementWriterOf(writer: JsonWriter, alias: string, tensor: AnyTensor): (index: number) => void {
  switch (tensor.dtype) {
    case 'FP16':
    case 'FP32':
    case 'FP64': {
      const { dtype, data } = tensor;
      return (index) => writer.decimal(data[index] ?? 0, dtype);
    }
    case 'BF16':
      return (index) => writer.decimal(bfloat16Value(tensor.data[index] ?? 0), 'BF16');
    case 'BOOL':
      return (index) => writer.token(tensor.data[index] === 0 ? 'false' : 'true');
    case 'STRING': {
      const asBytes = alias.endsWith(BYTES_SUFFIX) || !tensor.data.every(isUtf8);
      return (index) => writeString(writer, tensor.data[index] ?? new Uint8Array(0), asBytes);
    }
    default:
      return (index) => writer.token(String(tensor.data[index] ?? 0));
  }
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true });

function writeString(writer: JsonWriter, value: Uint8Array, asBytes: boolean): void {
  if (asBytes) {
    writer.startObject();
    writer.key('b64');
    writer.string(encodeBase64(value));
    writer.endObject();
  } else {
    writer.string(value);
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
