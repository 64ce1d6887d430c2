import type { TensorSpec } from '@tensorfleet/core';
import { dtypeToOip } from '../oip-dtype.ts';
import { ByteReader } from './byte-reader.ts';
import { encodeMessage, type Field, intField, messageField, stringElement, stringField } from './fields.ts';
import { oipShapeField } from './model-infer-response.ts';
import { bytesTag } from './wire.ts';

/** inference.ModelReadyRequest and inference.ModelMetadataRequest: an empty version is the latest. */
export interface OipModelRequest {
  readonly name: string;
  readonly version: string;
}

const NAME = bytesTag(1);
const VERSION = bytesTag(2);

/** `message`: the name of the message, for errors. */
export function decodeOipModelRequest(bytes: Uint8Array, message: string): OipModelRequest {
  const reader = ByteReader.of(bytes, message);
  let name = '';
  let version = '';
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case NAME:
        name = reader.string();
        break;
      case VERSION:
        version = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { name, version };
}

/** inference.ServerLiveResponse, ServerReadyResponse and ModelReadyResponse, which are one bool. */
export function encodeOipTruth(value: boolean): Uint8Array<ArrayBuffer> {
  return encodeMessage([intField(1, value ? 1 : 0)]);
}

/** inference.ModelMetadataResponse. */
export interface OipModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  /** `project_format`. */
  readonly platform: string;
  readonly inputs: ReadonlyMap<string, TensorSpec>;
  readonly outputs: ReadonlyMap<string, TensorSpec>;
}

export function encodeOipModelMetadata(metadata: OipModelMetadata): Uint8Array<ArrayBuffer> {
  return encodeMessage([
    stringField(1, metadata.name),
    ...metadata.versions.map((version) => stringElement(2, version)),
    stringField(3, metadata.platform),
    ...Array.from(metadata.inputs, ([name, spec]) => tensorField(4, name, spec)),
    ...Array.from(metadata.outputs, ([name, spec]) => tensorField(5, name, spec)),
  ]);
}

function tensorField(field: number, name: string, { dtype, shape }: TensorSpec): Field {
  return messageField(field, [stringField(1, name), stringField(2, dtypeToOip(dtype)), oipShapeField(3, shape)]);
}
