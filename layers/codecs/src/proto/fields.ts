import { GRPC_HEADER_BYTES, writeGrpcHeader } from '../grpc/grpc-header.ts';
import { ByteWriter } from './byte-writer.ts';
import { bytesTag, fixed32Tag, highWord, lowWord, sizeOfVarint, varintTag } from './wire.ts';

/**
 * A piece of a message that knows its size before it is written: sizes are computed once, from the leaves up,
 * then everything is written into one buffer.
 */
export interface Field {
  readonly size: number;
  write(writer: ByteWriter): void;
}

export interface EncodeOptions {
  /** Puts a gRPC frame header before the message, in the same buffer. Default: false. */
  readonly framed?: boolean;
}

/** A field that has its default value, which proto3 does not write. */
export const ABSENT: Field = { size: 0, write: () => undefined };

const UTF8 = new TextEncoder();

/** Beyond about this the encoder's call is cheaper than the loop. */
const MAX_LOOPED_CHARACTERS = 64;

/** The bytes of the message that consists of `fields`, in a buffer of exactly its size. */
export function encodeMessage(fields: readonly Field[], options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
  const headerBytes = options.framed ? GRPC_HEADER_BYTES : 0;
  const size = sizeOf(fields);
  const writer = new ByteWriter(headerBytes + size, headerBytes);
  for (const field of fields) {
    field.write(writer);
  }
  if (options.framed) {
    writeGrpcHeader(writer.bytes, size);
  }
  return writer.bytes;
}

/** An embedded message; it is written even when it is empty, since presence means something. */
export function messageField(field: number, fields: readonly Field[]): Field {
  const length = sizeOf(fields);
  return delimited(field, length, (writer) => {
    for (const child of fields) {
      child.write(writer);
    }
  });
}

/** A length-delimited field of `length` bytes that `write` produces. */
export function delimited(field: number, length: number, write: (writer: ByteWriter) => void): Field {
  const tag = bytesTag(field);
  return {
    size: sizeOfVarint(tag, 0) + sizeOfVarint(length, 0) + length,
    write: (writer) => {
      writer.uint32(tag);
      writer.uint32(length);
      write(writer);
    },
  };
}

/** A bytes value; it is written even when it is empty. */
export function bytesField(field: number, bytes: Uint8Array): Field {
  return delimited(field, bytes.length, (writer) => writer.raw(bytes));
}

/** An element of a repeated string, a map's key or a oneof's member: written even when it is empty. */
export function stringElement(field: number, text: string): Field {
  return bytesField(field, utf8(text));
}

/** Names are short and ASCII almost always: for those the loop is several times as quick as an encoder's call. */
function utf8(text: string): Uint8Array {
  if (text.length > MAX_LOOPED_CHARACTERS) {
    return UTF8.encode(text);
  }
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) {
      return UTF8.encode(text);
    }
    bytes[index] = code;
  }
  return bytes;
}

export function stringField(field: number, text: string): Field {
  return text === '' ? ABSENT : stringElement(field, text);
}

/** An int32, int64 or enum. `value`: a safe integer. */
export function intField(field: number, value: number): Field {
  if (value === 0) {
    return ABSENT;
  }
  const tag = varintTag(field);
  const low = lowWord(value);
  const high = highWord(value);
  return {
    size: sizeOfVarint(tag, 0) + sizeOfVarint(low, high),
    write: (writer) => {
      writer.uint32(tag);
      writer.uint64(low, high);
    },
  };
}

/** A float; -0 is written, as it is no default. `value`: is rounded to a float32. */
export function floatField(field: number, value: number): Field {
  if (Object.is(value, 0)) {
    return ABSENT;
  }
  const tag = fixed32Tag(field);
  return {
    size: sizeOfVarint(tag, 0) + 4,
    write: (writer) => {
      writer.uint32(tag);
      writer.float(value);
    },
  };
}

/** One entry of a map with string keys; key and value are always written, as other encoders do. */
export function mapEntry(field: number, key: string, value: readonly Field[]): Field {
  return messageField(field, [stringElement(1, key), messageField(2, value)]);
}

function sizeOf(fields: readonly Field[]): number {
  let size = 0;
  for (const field of fields) {
    size += field.size;
  }
  return size;
}
