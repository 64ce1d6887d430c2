import type { ModelSpec } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';
import { DecodeBudget, type DecodeOptions } from './decode-budget.ts';
import { type ExampleInput, exampleInputField, readExampleInput } from './example-input-proto.ts';
import { type EncodeOptions, encodeMessage } from './fields.ts';
import { type MessagePieces, readPiece } from './message-pieces.ts';
import { modelSpecField, readModelSpec } from './model-spec-proto.ts';
import { bytesTag } from './wire.ts';

/** tensorflow.serving.ClassificationRequest and tensorflow.serving.RegressionRequest, which have the same fields. */
export interface ExampleRequest {
  readonly modelSpec: ModelSpec | undefined;
  readonly input: ExampleInput | undefined;
}

const MODEL_SPEC = bytesTag(1);
const INPUT = bytesTag(2);

export function encodeExampleRequest(request: ExampleRequest, options?: EncodeOptions): Uint8Array<ArrayBuffer> {
  return encodeMessage([modelSpecField(1, request.modelSpec), exampleInputField(2, request.input)], options);
}

/** The request in `bytes`; its examples are views into them. */
export function decodeExampleRequest(bytes: Uint8Array, options: DecodeOptions = {}): ExampleRequest {
  const reader = ByteReader.of(bytes, 'ExampleRequest');
  const modelSpec: MessagePieces = [];
  const input: MessagePieces = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case MODEL_SPEC:
        readPiece(reader, 'ModelSpec', modelSpec);
        break;
      case INPUT:
        readPiece(reader, 'Input', input);
        break;
      default:
        reader.skip(tag);
    }
  }
  return {
    modelSpec: readModelSpec(modelSpec),
    input: readExampleInput(input, new DecodeBudget(bytes.length, options)),
  };
}
