import type { AnyTensor, NamedTensors } from '@tensorfleet/core';
import { dtypeToOip } from '../oip-dtype.ts';
import { ABSENT, bytesField, delimited, encodeMessage, type Field, messageField, stringField } from './fields.ts';
import { rawContentsOf } from './infer-raw.ts';
import { highWord, lowWord, sizeOfVarint } from './wire.ts';

/** inference.ModelInferResponse. */
export interface ModelInferResponse {
  readonly modelName: string;
  readonly modelVersion: string;
  /** The request's; empty where it had none. */
  readonly id: string;
  readonly outputs: NamedTensors;
}

/** Values in `raw_output_contents`, which Triton's clients read by position, in the order of `outputs`. */
export function encodeModelInferResponse(response: ModelInferResponse): Uint8Array<ArrayBuffer> {
  const outputs = [...response.outputs];
  return encodeMessage([
    stringField(1, response.modelName),
    stringField(2, response.modelVersion),
    stringField(3, response.id),
    ...outputs.map(([name, tensor]) => outputField(name, tensor)),
    ...outputs.map(([, tensor]) => bytesField(6, rawContentsOf(tensor))),
  ]);
}

function outputField(name: string, { dtype, shape }: AnyTensor): Field {
  return messageField(5, [stringField(1, name), stringField(2, dtypeToOip(dtype)), oipShapeField(3, shape)]);
}

/** A `repeated int64 shape`, packed; free dimensions are -1. A shape of free rank has one of those. */
export function oipShapeField(field: number, shape: readonly (number | null)[] | null): Field {
  const dimensions = (shape ?? [null]).map((dimension) => dimension ?? -1);
  if (dimensions.length === 0) {
    return ABSENT;
  }
  const size = dimensions.reduce((sum, value) => sum + sizeOfVarint(lowWord(value), highWord(value)), 0);
  return delimited(field, size, (writer) => {
    for (const value of dimensions) {
      writer.uint64(lowWord(value), highWord(value));
    }
  });
}
