/** One field of a protobuf message: `bytes` is a view for length-delimited ones, empty for the others. */
export interface ProtobufField {
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Of a varint up to 2^53; 0 for fields of other kinds. */
  readonly value: number;
}

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * The fields of a message in order, without knowing its type. Throws RangeError where the message is cut or no message.
 */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  const cursor = { at: 0 };
  while (cursor.at < message.byteLength) {
    const tag = readVarint(message, cursor);
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case WIRE.varint:
        yield { number, bytes: NOTHING, value: readVarint(message, cursor) };
        break;
      case WIRE.bytes:
        yield { number, bytes: take(message, cursor, readVarint(message, cursor)), value: 0 };
        break;
      case WIRE.fixed64:
        take(message, cursor, 8);
        yield { number, bytes: NOTHING, value: 0 };
        break;
      case WIRE.fixed32:
        take(message, cursor, 4);
        yield { number, bytes: NOTHING, value: 0 };
        break;
      default:
        throw new RangeError(`field ${number} is of an unknown kind`);
    }
  }
}

const NOTHING = new Uint8Array();

function take(message: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > message.byteLength) {
    throw new RangeError(`a field of ${length} bytes is cut`);
  }
  const bytes = message.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}

const MAX_VARINT_BYTES = 10;

function readVarint(message: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = message[cursor.at++];
    if (byte === undefined) {
      throw new RangeError('a number is cut');
    }
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) {
      return value;
    }
  }
  throw new RangeError('a number has more than 64 bits');
}
