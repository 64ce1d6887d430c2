import { ARRAY_OF, allocate, type DataOf, type NumericDType } from '@tensorfleet/core';
import type { ByteReader } from './byte-reader.ts';
import type { MessagePieces } from './message-pieces.ts';
import { bytesTag, tagOf, WireType } from './wire.ts';

/**
 * The `*_val` fields of TensorProto: values by type, packed or not. Hot file.
 *
 * Hosts are little-endian, as the wire is: arrays are filled through views of their bytes.
 */

/** How the values of a dtype are encoded: raw little-endian bytes, varints of 32 or 64 bits, varints of truth. */
type Encoding = 'fixed' | 'int' | 'long' | 'bool';

interface ValueField {
  readonly field: number;
  readonly encoding: Encoding;
}

/** Where the values of each dtype are; FP16 and BF16 share a field that holds their bits. */
export const VALUE_FIELDS: Readonly<Record<NumericDType, ValueField>> = {
  FP32: { field: 5, encoding: 'fixed' },
  FP64: { field: 6, encoding: 'fixed' },
  INT32: { field: 7, encoding: 'int' },
  INT16: { field: 7, encoding: 'int' },
  INT8: { field: 7, encoding: 'int' },
  UINT16: { field: 7, encoding: 'int' },
  UINT8: { field: 7, encoding: 'int' },
  INT64: { field: 10, encoding: 'long' },
  BOOL: { field: 11, encoding: 'bool' },
  FP16: { field: 13, encoding: 'int' },
  BF16: { field: 13, encoding: 'int' },
  UINT32: { field: 16, encoding: 'int' },
  UINT64: { field: 17, encoding: 'long' },
};

export const STRING_VAL = 8;

/** An array that integers are written into; it keeps their low bits, as TensorFlow's casts do. */
export type IntArray = DataOf['INT32' | 'INT16' | 'INT8' | 'UINT16' | 'UINT8' | 'UINT32'];

/** The array of an `int` dtype as integers: the bits of FP16, everything else as it is. */
export function asIntegers(data: DataOf[NumericDType]): IntArray {
  return data instanceof Float16Array ? new Uint16Array(data.buffer, data.byteOffset, data.length) : (data as IntArray); // `VALUE_FIELDS` calls no other kind of array an `int`
}

/** The bytes of a typed array, no copy. */
export function asBytes(data: DataOf[NumericDType]): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** 64-bit integers as pairs of words, the low one first, no copy. */
export function asWords(data: DataOf[NumericDType]): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}

/**
 * `count` values from the `*_val` field of `dtype`: values beyond `count` are ignored, missing ones repeat
 * the last, and without any the values are zero. Allocates for `count`: check it before.
 */
export function readNumericValues(dtype: NumericDType, count: number, pieces: MessagePieces): DataOf[NumericDType] {
  const { field, encoding } = VALUE_FIELDS[dtype];
  const packedTag = bytesTag(field);
  const singleTag = tagOf(field, singleWireType(encoding, dtype));
  const data: DataOf[NumericDType] = allocate(dtype, count);
  let filled = 0;
  for (const piece of pieces) {
    const reader = piece.restarted();
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === packedTag || tag === singleTag) {
        filled = fill(encoding, data, filled, reader.values(tag));
      } else {
        reader.skip(tag);
      }
    }
  }
  repeatLast(data, filled);
  return data;
}

function singleWireType(encoding: Encoding, dtype: NumericDType): WireType {
  if (encoding !== 'fixed') {
    return WireType.Varint;
  }
  return ARRAY_OF[dtype].BYTES_PER_ELEMENT === 4 ? WireType.Fixed32 : WireType.Fixed64;
}

/** Writes the values that `values` holds from index `start` on; returns the index after the last one written. */
function fill(encoding: Encoding, data: DataOf[NumericDType], start: number, values: ByteReader): number {
  const end = data.length;
  let index = start;
  switch (encoding) {
    case 'fixed':
      return fillFixed(data, start, values);
    case 'int': {
      const integers = asIntegers(data);
      while (index < end && values.hasMore) {
        integers[index++] = values.uint32();
      }
      return index;
    }
    case 'long': {
      const words = asWords(data);
      for (; index < end && values.hasMore; index++) {
        values.uint64Into(words, 2 * index);
      }
      return index;
    }
    case 'bool': {
      const bytes = asBytes(data);
      while (index < end && values.hasMore) {
        bytes[index++] = values.bool() ? 1 : 0;
      }
      return index;
    }
  }
}

/** The one copy of packed floats: their bytes at once. */
function fillFixed(data: DataOf[NumericDType], start: number, values: ByteReader): number {
  const size = data.BYTES_PER_ELEMENT;
  if (values.remaining % size !== 0) {
    throw values.failure(`${values.remaining} bytes are not a multiple of ${size}`);
  }
  const count = Math.min(values.remaining / size, data.length - start);
  asBytes(data).set(values.raw(count * size), start * size);
  return start + count;
}

function repeatLast(data: DataOf[NumericDType], filled: number): void {
  const last = data[filled - 1];
  if (last === undefined) {
    return;
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    data.fill(BigInt(last), filled);
  } else {
    data.fill(Number(last), filled);
  }
}

const NO_BYTES = new Uint8Array(0);

/** `count` strings from `string_val`, by the same rules; the strings are views. Allocates for `count`. */
export function readStringValues(count: number, pieces: MessagePieces): Uint8Array[] {
  const tagOfString = bytesTag(STRING_VAL);
  const strings = new Array<Uint8Array>(count).fill(NO_BYTES);
  let filled = 0;
  for (const piece of pieces) {
    const reader = piece.restarted();
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === tagOfString && filled < count) {
        strings[filled++] = reader.bytes();
      } else {
        reader.skip(tag);
      }
    }
  }
  const last = strings[filled - 1];
  return last === undefined ? strings : strings.fill(last, filled);
}
