// biome-ignore-all lint/style/noNonNullAssertion: the indices of these typed-array reads are checked
import { ByteReader } from '@tensorfleet/codecs';
import { invalidArgument } from '@tensorfleet/core';

/** The most bytes that one byte of input becomes: a copy of 64 takes three. */
const MAX_GROWTH = 22;

/**
 * The bytes that `compressed`, a raw Snappy stream, stands for. Throws INVALID_ARGUMENT; allocates only what a stream of
 * that length can hold.
 */
export function decodeSnappy(compressed: Uint8Array): Uint8Array {
  const reader = ByteReader.of(compressed, 'Snappy block');
  const size = reader.length();
  if (size > MAX_GROWTH * compressed.length) {
    throw invalidArgument(`a Snappy block of ${compressed.length} bytes cannot become ${size}`);
  }
  const out = new Uint8Array(size);
  let written = 0;
  while (reader.hasMore) {
    const tag = reader.raw(1)[0]!;
    const { length, distance } = (tag & 3) === 0 ? literal(tag, reader) : copy(tag, reader);
    if (length > size - written || distance > written) {
      throw reader.failure(`${length} bytes from ${distance} before do not fit at ${written} of ${size}`);
    }
    if (distance === 0) {
      out.set(reader.raw(length), written);
    } else {
      repeat(out, written, distance, length);
    }
    written += length;
  }
  if (written !== size) {
    throw reader.failure(`the block ends after ${written} of ${size} bytes`);
  }
  return out;
}

interface Element {
  readonly length: number;
  /** How far back to copy from; 0 for bytes that follow in the stream. */
  readonly distance: number;
}

function literal(tag: number, reader: ByteReader): Element {
  const code = tag >>> 2;
  return { length: 1 + (code < 60 ? code : littleEndian(reader, code - 59)), distance: 0 };
}

function copy(tag: number, reader: ByteReader): Element {
  const element =
    (tag & 3) === 1
      ? { length: 4 + ((tag >>> 2) & 7), distance: ((tag >>> 5) << 8) | littleEndian(reader, 1) }
      : { length: 1 + (tag >>> 2), distance: littleEndian(reader, (tag & 3) === 2 ? 2 : 4) };
  if (element.distance === 0) {
    throw reader.failure('a copy begins where it goes to');
  }
  return element;
}

function littleEndian(reader: ByteReader, size: number): number {
  return reader.raw(size).reduceRight((value, byte) => value * 256 + byte, 0);
}

/** Byte by byte: what is copied may include what the copy itself has just written. */
function repeat(out: Uint8Array, start: number, distance: number, length: number): void {
  for (let index = start; index < start + length; index++) {
    out[index] = out[index - distance]!;
  }
}
