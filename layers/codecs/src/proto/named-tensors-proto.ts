import { type AnyTensor, type NamedTensors, StatusError } from '@tensorfleet/core';
import type { ByteReader } from './byte-reader.ts';
import type { DecodeBudget } from './decode-budget.ts';
import { type Field, mapEntry } from './fields.ts';
import { readMapEntry } from './message-pieces.ts';
import { readTensor } from './tensor-proto.ts';
import { type TensorContent, tensorFields } from './tensor-proto-encode.ts';

/** A `map<string, TensorProto>` as fields of the parent message, in the map's order. */
export function namedTensorFields(field: number, tensors: NamedTensors, content: TensorContent): Field[] {
  return Array.from(tensors, ([name, tensor]) => mapEntry(field, name, tensorFields(tensor, content)));
}

/**
 * Reads the entry at `reader` into `tensors`; a name that comes again wins. The error of a tensor starts with
 * TensorFlow Serving's words and keeps the reason as cause.
 */
export function readNamedTensor(reader: ByteReader, tensors: Map<string, AnyTensor>, budget: DecodeBudget): void {
  budget.takeTensor();
  const { key, value } = readMapEntry(reader, 'TensorProto');
  try {
    tensors.set(key, readTensor(value, budget));
  } catch (cause) {
    const reason = StatusError.from(cause);
    throw new StatusError(reason.code, `tensor parsing error: ${key}: ${reason.message}`, {
      details: { ...reason.details, tensor: key },
      cause,
    });
  }
}
