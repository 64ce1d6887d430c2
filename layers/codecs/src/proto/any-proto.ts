import { invalidArgument } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';
import { type Field, messageField, stringElement } from './fields.ts';
import type { MessagePieces } from './message-pieces.ts';
import { bytesTag } from './wire.ts';

const TYPE_URL = bytesTag(1);
const VALUE = bytesTag(2);
const NO_BYTES = new Uint8Array(0);

/** The fields of a google.protobuf.Any that holds the message type `type` with `fields`. */
export function anyFields(type: string, fields: readonly Field[]): readonly Field[] {
  return [stringElement(1, `type.googleapis.com/${type}`), messageField(2, fields)];
}

/** A reader of the message in the Any in `pieces`. Throws INVALID_ARGUMENT when its type is not `type`. */
export function readAny(pieces: MessagePieces, type: string): ByteReader {
  let typeUrl = '';
  let value = ByteReader.of(NO_BYTES, type);
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      switch (tag) {
        case TYPE_URL:
          typeUrl = reader.string();
          break;
        case VALUE:
          value = reader.message(type);
          break;
        default:
          reader.skip(tag);
      }
    }
  }
  if (!typeUrl.endsWith(`/${type}`)) {
    throw invalidArgument(`Any holds the type "${typeUrl}", ${type} is wanted`);
  }
  return value;
}
