import type { ModelSpec, Signature } from '@tensorfleet/core';
import { anyFields, readAny } from './any-proto.ts';
import { ByteReader } from './byte-reader.ts';
import {
  ABSENT,
  type EncodeOptions,
  encodeMessage,
  type Field,
  mapEntry,
  stringElement,
  stringField,
} from './fields.ts';
import { type MessagePieces, readMapEntry, readPiece } from './message-pieces.ts';
import { modelSpecField, readModelSpec } from './model-spec-proto.ts';
import { readSignatureMap, signatureMapFields } from './signature-proto.ts';
import { bytesTag } from './wire.ts';

/** tensorflow.serving.GetModelMetadataRequest. */
export interface GetModelMetadataRequest {
  readonly modelSpec: ModelSpec | undefined;
  readonly metadataFields: readonly string[];
}

/**
 * tensorflow.serving.GetModelMetadataResponse. Two entries are our own, as JSON text: `pipeline` is the input pipeline,
 * `engine` what runs the version, and why.
 */
export interface GetModelMetadataResponse {
  readonly modelSpec: ModelSpec;
  readonly signatures?: ReadonlyMap<string, Signature>;
  readonly pipeline?: string;
  readonly engine?: string;
}

/** The names of what a metadata request may ask for. */
export const METADATA_FIELDS = { signatures: 'signature_def', pipeline: 'pipeline', engine: 'engine' } as const;

const SIGNATURE_DEF_MAP = 'tensorflow.serving.SignatureDefMap';
const STRING_VALUE = 'google.protobuf.StringValue';

const MODEL_SPEC = bytesTag(1);
const METADATA_FIELD = bytesTag(2);
const METADATA_ENTRY = bytesTag(2);
const STRING_VALUE_TEXT = bytesTag(1);

export function encodeGetModelMetadataRequest(
  request: GetModelMetadataRequest,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const fields = [
    modelSpecField(1, request.modelSpec),
    ...request.metadataFields.map((field) => stringElement(2, field)),
  ];
  return encodeMessage(fields, options);
}

export function decodeGetModelMetadataRequest(bytes: Uint8Array): GetModelMetadataRequest {
  const reader = ByteReader.of(bytes, 'GetModelMetadataRequest');
  const modelSpec: MessagePieces = [];
  const metadataFields: string[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case MODEL_SPEC:
        readPiece(reader, 'ModelSpec', modelSpec);
        break;
      case METADATA_FIELD:
        metadataFields.push(reader.string());
        break;
      default:
        reader.skip(tag);
    }
  }
  return { modelSpec: readModelSpec(modelSpec), metadataFields };
}

export function encodeGetModelMetadataResponse(
  response: GetModelMetadataResponse,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const { modelSpec, signatures, pipeline, engine } = response;
  const fields = [
    modelSpecField(1, modelSpec),
    engine === undefined ? ABSENT : textEntry(METADATA_FIELDS.engine, engine),
    pipeline === undefined ? ABSENT : textEntry(METADATA_FIELDS.pipeline, pipeline),
    signatures === undefined
      ? ABSENT
      : mapEntry(2, METADATA_FIELDS.signatures, anyFields(SIGNATURE_DEF_MAP, signatureMapFields(signatures))),
  ];
  return encodeMessage(fields, options);
}

function textEntry(name: string, text: string): Field {
  return mapEntry(2, name, anyFields(STRING_VALUE, [stringField(1, text)]));
}

/** Metadata other than `METADATA_FIELDS` is skipped. A missing model_spec has the name ''. */
export function decodeGetModelMetadataResponse(bytes: Uint8Array): GetModelMetadataResponse {
  const reader = ByteReader.of(bytes, 'GetModelMetadataResponse');
  const modelSpec: MessagePieces = [];
  const metadata = new Map<string, MessagePieces>();
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case MODEL_SPEC:
        readPiece(reader, 'ModelSpec', modelSpec);
        break;
      case METADATA_ENTRY: {
        const { key, value } = readMapEntry(reader, 'Any');
        metadata.set(key, value);
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  const signatures = metadata.get(METADATA_FIELDS.signatures);
  const pipeline = metadata.get(METADATA_FIELDS.pipeline);
  const engine = metadata.get(METADATA_FIELDS.engine);
  return {
    modelSpec: readModelSpec(modelSpec) ?? { name: '' },
    ...(signatures && { signatures: readSignatureMap(readAny(signatures, SIGNATURE_DEF_MAP)) }),
    ...(pipeline && { pipeline: readStringValue(readAny(pipeline, STRING_VALUE)) }),
    ...(engine && { engine: readStringValue(readAny(engine, STRING_VALUE)) }),
  };
}

function readStringValue(reader: ByteReader): string {
  let text = '';
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === STRING_VALUE_TEXT) {
      text = reader.string();
    } else {
      reader.skip(tag);
    }
  }
  return text;
}
