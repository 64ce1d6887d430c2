import type { AnyTensor, ModelSpec, NamedTensors } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';
import { DecodeBudget, type DecodeOptions } from './decode-budget.ts';
import { encodeMessage, stringElement } from './fields.ts';
import { type MessagePieces, readPiece } from './message-pieces.ts';
import { modelSpecField, readModelSpec } from './model-spec-proto.ts';
import { namedTensorFields, readNamedTensor } from './named-tensors-proto.ts';
import type { TensorEncodeOptions } from './tensor-proto-encode.ts';
import { bytesTag } from './wire.ts';

/** tensorflow.serving.PredictRequest; an empty `outputFilter` asks for all outputs. */
export interface PredictRequest {
  readonly modelSpec: ModelSpec | undefined;
  readonly inputs: NamedTensors;
  readonly outputFilter: readonly string[];
}

/** tensorflow.serving.PredictResponse. */
export interface PredictResponse {
  readonly modelSpec: ModelSpec;
  readonly outputs: NamedTensors;
}

const REQUEST = { modelSpec: bytesTag(1), inputs: bytesTag(2), outputFilter: bytesTag(3) } as const;
const RESPONSE = { outputs: bytesTag(1), modelSpec: bytesTag(2) } as const;

/** Tensors in `tensor_content` unless `options.content` says otherwise. */
export function encodePredictRequest(
  request: PredictRequest,
  options: TensorEncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const fields = [
    modelSpecField(1, request.modelSpec),
    ...namedTensorFields(2, request.inputs, options.content ?? 'packed'),
    ...request.outputFilter.map((name) => stringElement(3, name)),
  ];
  return encodeMessage(fields, options);
}

/**
 * The request in `bytes`; its tensors are views into them (see `decodeTensorProto`).
 * The error of a tensor starts with `tensor parsing error: <alias>`.
 */
export function decodePredictRequest(bytes: Uint8Array, options: DecodeOptions = {}): PredictRequest {
  const reader = ByteReader.of(bytes, 'PredictRequest');
  const budget = new DecodeBudget(bytes.length, options);
  const modelSpec: MessagePieces = [];
  const inputs = new Map<string, AnyTensor>();
  const outputFilter: string[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case REQUEST.modelSpec:
        readPiece(reader, 'ModelSpec', modelSpec);
        break;
      case REQUEST.inputs:
        readNamedTensor(reader, inputs, budget);
        break;
      case REQUEST.outputFilter:
        outputFilter.push(reader.string());
        break;
      default:
        reader.skip(tag);
    }
  }
  return { modelSpec: readModelSpec(modelSpec), inputs, outputFilter };
}

/** Tensors in `*_val` fields, as TensorFlow Serving answers, unless `options.content` says otherwise. */
export function encodePredictResponse(
  response: PredictResponse,
  options: TensorEncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const fields = [
    ...namedTensorFields(1, response.outputs, options.content ?? 'typed'),
    modelSpecField(2, response.modelSpec),
  ];
  return encodeMessage(fields, options);
}

/** The response in `bytes`; its tensors are views into them. A missing model_spec has the name ''. */
export function decodePredictResponse(bytes: Uint8Array, options: DecodeOptions = {}): PredictResponse {
  const reader = ByteReader.of(bytes, 'PredictResponse');
  const budget = new DecodeBudget(bytes.length, options);
  const modelSpec: MessagePieces = [];
  const outputs = new Map<string, AnyTensor>();
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case RESPONSE.outputs:
        readNamedTensor(reader, outputs, budget);
        break;
      case RESPONSE.modelSpec:
        readPiece(reader, 'ModelSpec', modelSpec);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { modelSpec: readModelSpec(modelSpec) ?? { name: '' }, outputs };
}
