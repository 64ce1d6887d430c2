// biome-ignore-all lint/style/noNonNullAssertion: a hot file, the indices of these typed-array reads are in bounds
import { allocate, type DataOf, type DType, invalidArgument, type NumericDType } from '@tensorfleet/core';
import type { ByteReader } from './byte-reader.ts';
import type { MessagePieces } from './message-pieces.ts';
import { asBytes, asWords, type IntArray } from './tensor-values.ts';
import { WireType } from './wire.ts';

/** inference.InferTensorContents: values by type, packed or not. Hot file. */

/** How the values of a field are encoded. */
type Encoding = 'bool' | 'int32' | 'uint32' | 'long' | 'fixed' | 'bytes';

interface ContentsField {
  readonly field: number;
  readonly name: string;
  readonly encoding: Encoding;
  /** Of a value that is not packed. */
  readonly single: WireType;
}

const BOOL: ContentsField = { field: 1, name: 'bool_contents', encoding: 'bool', single: WireType.Varint };
const INT: ContentsField = { field: 2, name: 'int_contents', encoding: 'int32', single: WireType.Varint };
const INT64: ContentsField = { field: 3, name: 'int64_contents', encoding: 'long', single: WireType.Varint };
const UINT: ContentsField = { field: 4, name: 'uint_contents', encoding: 'uint32', single: WireType.Varint };
const UINT64: ContentsField = { field: 5, name: 'uint64_contents', encoding: 'long', single: WireType.Varint };
const FP32: ContentsField = { field: 6, name: 'fp32_contents', encoding: 'fixed', single: WireType.Fixed32 };
const FP64: ContentsField = { field: 7, name: 'fp64_contents', encoding: 'fixed', single: WireType.Fixed64 };
const BYTES: ContentsField = { field: 8, name: 'bytes_contents', encoding: 'bytes', single: WireType.Bytes };

const FIELDS = [BOOL, INT, INT64, UINT, UINT64, FP32, FP64, BYTES];

/** Where the values of each dtype are; 16-bit floats travel raw only. */
const FIELD_OF: Readonly<Record<DType, ContentsField | undefined>> = {
  BOOL,
  INT8: INT,
  INT16: INT,
  INT32: INT,
  INT64,
  UINT8: UINT,
  UINT16: UINT,
  UINT32: UINT,
  UINT64,
  FP16: undefined,
  BF16: undefined,
  FP32,
  FP64,
  STRING: BYTES,
};

/**
 * The `count` elements of a tensor; strings are views. Throws INVALID_ARGUMENT when they are more or fewer, in the field
 * of another dtype, or outside the range of theirs. Call when `count` may be allocated.
 */
export function readContents(dtype: DType, count: number, pieces: MessagePieces): DataOf[DType] {
  const wanted = FIELD_OF[dtype];
  if (wanted === undefined) {
    throw invalidArgument(`${dtype} has no typed contents, it is sent in raw_input_contents`);
  }
  const sent = pieces.reduce((sum, piece) => sum + piece.remaining, 0);
  if (count > sent) {
    throw invalidArgument(`the contents have ${sent} bytes, too few for ${count} elements of ${dtype}`);
  }
  const data: DataOf[DType] = allocate(dtype, count);
  let filled = 0;
  for (const piece of pieces) {
    const reader = piece.restarted();
    while (reader.hasMore) {
      const tag = reader.tag();
      const field = FIELDS[(tag >>> 3) - 1];
      const wireType = tag & 7;
      if (field === undefined || (wireType !== field.single && wireType !== WireType.Bytes)) {
        reader.skip(tag);
      } else if (field !== wanted) {
        throw invalidArgument(`the values are in ${field.name}, those of ${dtype} belong into ${wanted.name}`);
      } else {
        filled += readField(field.encoding, tag, reader, data, filled);
      }
    }
  }
  if (filled !== count) {
    throw invalidArgument(`${wanted.name} has ${filled} values, the shape has ${count} elements`);
  }
  return data;
}

/** Writes what follows `tag` into `data` from `start` on; returns how many values that were, also those beyond its end. */
function readField(encoding: Encoding, tag: number, reader: ByteReader, data: DataOf[DType], start: number): number {
  if (encoding === 'bytes') {
    const strings = data as Uint8Array[]; // STRING's data, allocated by readContents and not handed out yet
    const bytes = reader.bytes();
    if (start < strings.length) {
      strings[start] = bytes;
    }
    return 1;
  }
  return fill(encoding, reader.values(tag), data as DataOf[NumericDType], start); // only STRING is 'bytes'
}

function fill(
  encoding: Exclude<Encoding, 'bytes'>,
  values: ByteReader,
  data: DataOf[NumericDType],
  start: number,
): number {
  let index = start;
  switch (encoding) {
    case 'bool': {
      const bytes = asBytes(data);
      for (; values.hasMore; index++) {
        bytes[index] = values.bool() ? 1 : 0; // a typed array ignores what is beyond its end
      }
      return index - start;
    }
    case 'int32':
    case 'uint32': {
      const isSigned = encoding === 'int32';
      const integers = data as IntArray; // the dtypes of these two fields
      for (; values.hasMore; index++) {
        const bits = values.uint32();
        const value = isSigned ? bits | 0 : bits;
        integers[index] = value;
        if (index < integers.length && integers[index]! !== value) {
          throw invalidArgument(`the value ${value} at element ${index} is outside the range of its datatype`);
        }
      }
      return index - start;
    }
    case 'long': {
      const words = asWords(data);
      for (; values.hasMore; index++) {
        values.uint64Into(words, 2 * index);
      }
      return index - start;
    }
    case 'fixed': {
      const size = data.BYTES_PER_ELEMENT;
      const sent = values.remaining / size;
      if (!Number.isInteger(sent)) {
        throw values.failure(`${values.remaining} bytes are not a multiple of ${size}`);
      }
      const kept = Math.min(sent, data.length - start);
      if (kept > 0) {
        asBytes(data).set(values.raw(kept * size), start * size);
      }
      return sent;
    }
  }
}
