import type { ModelSpec } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';
import {
  type Classifications,
  classificationsField,
  type Regressions,
  readClassifications,
  readRegressions,
  regressionsField,
} from './example-results-proto.ts';
import { type EncodeOptions, encodeMessage } from './fields.ts';
import { type MessagePieces, readPiece } from './message-pieces.ts';
import { modelSpecField, readModelSpec } from './model-spec-proto.ts';
import { bytesTag } from './wire.ts';

/** tensorflow.serving.ClassificationResponse. */
export interface ClassificationResponse {
  readonly classifications: Classifications;
  readonly modelSpec: ModelSpec;
}

/** tensorflow.serving.RegressionResponse. */
export interface RegressionResponse {
  readonly regressions: Regressions;
  readonly modelSpec: ModelSpec;
}

const RESULT = bytesTag(1);
const MODEL_SPEC = bytesTag(2);

export function encodeClassificationResponse(
  response: ClassificationResponse,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const fields = [classificationsField(1, response.classifications), modelSpecField(2, response.modelSpec)];
  return encodeMessage(fields, options);
}

/** A missing model_spec has the name ''. */
export function decodeClassificationResponse(bytes: Uint8Array): ClassificationResponse {
  const { result, modelSpec } = readResponse(ByteReader.of(bytes, 'ClassificationResponse'), 'ClassificationResult');
  return { classifications: readClassifications(result), modelSpec };
}

export function encodeRegressionResponse(
  response: RegressionResponse,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const fields = [regressionsField(1, response.regressions), modelSpecField(2, response.modelSpec)];
  return encodeMessage(fields, options);
}

/** A missing model_spec has the name ''. */
export function decodeRegressionResponse(bytes: Uint8Array): RegressionResponse {
  const { result, modelSpec } = readResponse(ByteReader.of(bytes, 'RegressionResponse'), 'RegressionResult');
  return { regressions: readRegressions(result), modelSpec };
}

function readResponse(reader: ByteReader, message: string): { result: MessagePieces; modelSpec: ModelSpec } {
  const result: MessagePieces = [];
  const modelSpec: MessagePieces = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case RESULT:
        readPiece(reader, message, result);
        break;
      case MODEL_SPEC:
        readPiece(reader, 'ModelSpec', modelSpec);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { result, modelSpec: readModelSpec(modelSpec) ?? { name: '' } };
}
