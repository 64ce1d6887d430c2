import { invalidArgument, type ModelSpec, version } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';
import { ABSENT, type Field, intField, messageField, stringElement, stringField } from './fields.ts';
import { type MessagePieces, readPiece } from './message-pieces.ts';
import { bytesTag, varintTag } from './wire.ts';

const MODEL_SPEC = bytesTag(1);
const NAME = bytesTag(1);
const VERSION = bytesTag(2);
const SIGNATURE_NAME = bytesTag(3);
const VERSION_LABEL = bytesTag(4);
const INT64_VALUE = varintTag(1);

/** A field of the parent message that is a tensorflow.serving.ModelSpec, or ABSENT without one. */
export function modelSpecField(field: number, spec: ModelSpec | undefined): Field {
  if (spec === undefined) {
    return ABSENT;
  }
  return messageField(field, [
    stringField(1, spec.name),
    spec.version === undefined ? ABSENT : messageField(2, [intField(1, spec.version)]),
    stringField(3, spec.signatureName ?? ''),
    spec.versionLabel === undefined ? ABSENT : stringElement(4, spec.versionLabel),
  ]);
}

/**
 * The model that a request is for, without reading the rest of it: the ModelSpec at the very beginning of `bytes`, as
 * field 1, where clients write it. Undefined when something else is there, or nothing that can be read.
 */
export function peekModelSpec(bytes: Uint8Array): ModelSpec | undefined {
  try {
    const reader = ByteReader.of(bytes, 'request');
    const pieces: MessagePieces = [];
    if (reader.hasMore && reader.tag() === MODEL_SPEC) {
      readPiece(reader, 'ModelSpec', pieces);
    }
    return readModelSpec(pieces);
  } catch {
    return undefined; // whoever decodes the request tells what is wrong with it
  }
}

/**
 * The ModelSpec in `pieces`, or undefined when there are none. A version wrapper without a value is version 0;
 * a missing name is ''. Throws INVALID_ARGUMENT for a version with a label, negative and unsafe versions.
 */
export function readModelSpec(pieces: MessagePieces): ModelSpec | undefined {
  if (pieces.length === 0) {
    return undefined;
  }
  let name = '';
  let signatureName = '';
  let versionLabel: string | undefined;
  const versionPieces: MessagePieces = [];
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      switch (tag) {
        case NAME:
          name = reader.string();
          break;
        case VERSION:
          readPiece(reader, 'Int64Value', versionPieces);
          break;
        case SIGNATURE_NAME:
          signatureName = reader.string();
          break;
        case VERSION_LABEL:
          versionLabel = reader.string();
          break;
        default:
          reader.skip(tag);
      }
    }
  }
  if (versionPieces.length > 0 && versionLabel !== undefined) {
    throw invalidArgument(`ModelSpec of model "${name}" has a version and the version label "${versionLabel}"`);
  }
  return {
    name,
    ...(versionPieces.length > 0 && { version: version(readInt64Value(versionPieces)) }),
    ...(versionLabel !== undefined && { versionLabel }),
    ...(signatureName !== '' && { signatureName }),
  };
}

function readInt64Value(pieces: readonly ByteReader[]): number {
  let value = 0;
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === INT64_VALUE) {
        value = reader.safeInt64();
      } else {
        reader.skip(tag);
      }
    }
  }
  return value;
}
