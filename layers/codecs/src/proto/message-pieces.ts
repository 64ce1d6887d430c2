import type { ByteReader } from './byte-reader.ts';
import { bytesTag } from './wire.ts';

/**
 * The places where one embedded message was found, in order. Protobuf merges a singular message that appears
 * several times, and merging means decoding the pieces one after another. Empty: the message is absent.
 */
export type MessagePieces = ByteReader[];

/** Encoders write one piece; the bound keeps a hostile message from costing many times its size. */
const MAX_PIECES = 16;

const ENTRY_KEY = bytesTag(1);
const ENTRY_VALUE = bytesTag(2);

/** Reads the embedded message at `reader` as one more piece. */
export function readPiece(reader: ByteReader, message: string, pieces: MessagePieces): void {
  if (pieces.length === MAX_PIECES) {
    throw reader.failure(`the message is split into more than ${MAX_PIECES} pieces`);
  }
  pieces.push(reader.message(message));
}

/** An entry of a map from strings to messages; a missing key is '', a missing value the empty message. */
export interface MapEntry {
  readonly key: string;
  readonly value: MessagePieces;
}

/** Reads the map entry at `reader`, whose value is the message type `message`. */
export function readMapEntry(reader: ByteReader, message: string): MapEntry {
  const entry = reader.message(`${message} entry`);
  const value: MessagePieces = [];
  let key = '';
  while (entry.hasMore) {
    const tag = entry.tag();
    switch (tag) {
      case ENTRY_KEY:
        key = entry.string();
        break;
      case ENTRY_VALUE:
        readPiece(entry, message, value);
        break;
      default:
        entry.skip(tag);
    }
  }
  return { key, value };
}
