import { isUtf8 } from 'node:buffer';
import { dtypeFromTensorFlow } from '@tensorfleet/codecs';
import {
  byteSizeOf,
  Code,
  type DType,
  elementCount,
  formatShape,
  invalidArgument,
  StatusError,
  unimplemented,
} from '@tensorfleet/core';
import { shapeOf } from '../attribute-values.ts';
import { decodeMessage } from '../proto/message-decoder.ts';
import type { Message } from '../proto/message-schemas.ts';
import type { SliceExtent } from './ordered-code.ts';
import { sliceKey } from './ordered-code.ts';
import { readSortedTable } from './sorted-table.ts';

/** Where bytes of a tensor lie, and their checksum as it is stored. */
export interface StoredBytes {
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly crc32c: number;
}

export interface Piece {
  /** One per dimension of the whole tensor. */
  readonly extents: readonly SliceExtent[];
  readonly bytes: StoredBytes;
}

export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** One for most tensors; several when the variable was partitioned. */
  readonly pieces: readonly Piece[];
}

export interface BundleIndex {
  readonly shards: number;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const LITTLE_ENDIAN = 0;
/** Keys of slices begin with this byte, and so does nothing else. */
const SLICE_MARK = 0;

type EntryProto = Message<'BundleEntryProto'>;

/**
 * The contents of variables.index. Tensors of dtypes that tensors here cannot hold are left out. Throws
 * INVALID_ARGUMENT when it is broken, UNIMPLEMENTED for checkpoints of big-endian machines.
 */
export function readBundleIndex(bytes: Uint8Array): BundleIndex {
  const raw = new Map<string, EntryProto>();
  let shards: number | undefined;
  for (const { key, value } of readSortedTable(bytes)) {
    if (key.length === 0) {
      shards = readHeader(value);
    } else {
      raw.set(textOf(key), decodeMessage(value, 'BundleEntryProto'));
    }
  }
  if (shards === undefined) {
    throw invalidArgument('the checkpoint has no header');
  }
  const tensors = new Map<string, StoredTensor>();
  for (const [key, entry] of raw) {
    const dtype = dtypeOf(entry);
    if (key.charCodeAt(0) !== SLICE_MARK && dtype !== undefined) {
      const name = nameOf(key);
      tensors.set(name, tensorOf(name, dtype, entry, raw, shards));
    }
  }
  return { shards, tensors };
}

/** Keys of slices are no text: one character per byte. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

function nameOf(key: string): string {
  const bytes = Buffer.from(key, 'latin1');
  if (!isUtf8(bytes)) {
    throw invalidArgument(`the key ${JSON.stringify(key)} is not UTF-8`);
  }
  return bytes.toString();
}

function readHeader(value: Uint8Array): number {
  const { num_shards = 0, endianness = LITTLE_ENDIAN } = decodeMessage(value, 'BundleHeaderProto');
  if (endianness !== LITTLE_ENDIAN) {
    throw unimplemented('the checkpoint was written on a big-endian machine, which is not supported');
  }
  if (num_shards < 1) {
    throw invalidArgument(`the checkpoint claims ${num_shards} data files`);
  }
  return num_shards;
}

/** Undefined for dtypes that tensors here cannot hold, also for those that TensorFlow got after this was written. */
function dtypeOf(entry: EntryProto): DType | undefined {
  try {
    return dtypeFromTensorFlow(entry.dtype ?? 0);
  } catch (error) {
    if (StatusError.is(error) && (error.code === Code.Unimplemented || error.code === Code.InvalidArgument)) {
      return undefined;
    }
    throw error;
  }
}

function tensorOf(
  name: string,
  dtype: DType,
  entry: EntryProto,
  all: ReadonlyMap<string, EntryProto>,
  shards: number,
): StoredTensor {
  const place = `tensor "${name}"`;
  const shape = shapeFrom(entry, place);
  if (entry.slices.length === 0) {
    const extents = shape.map((length) => ({ start: 0, length }));
    return { dtype, shape, pieces: [{ extents, bytes: storedBytes(entry, dtype, shape, shards, place) }] };
  }
  const pieces = entry.slices.map(({ extent }): Piece => {
    const key = extent.map(({ start, length }) => ({ start: safe(start, 0), length: safe(length, -1) }));
    const slice = all.get(textOf(sliceKey(name, key)));
    const extents = key.map(({ start, length }, axis) => ({
      start,
      length: length === -1 ? (shape[axis] ?? 0) : length,
    }));
    const piecePlace = `${place} slice ${formatExtents(extents)}`;
    if (slice === undefined || extents.length !== shape.length || slice.slices.length > 0) {
      throw invalidArgument(`${piecePlace} is not in the checkpoint`);
    }
    const pieceShape = shapeFrom(slice, piecePlace);
    if (slice.dtype !== entry.dtype || pieceShape.some((length, axis) => length !== extents[axis]?.length)) {
      throw invalidArgument(`${piecePlace} is stored with the shape ${formatShape(pieceShape)} or another dtype`);
    }
    return { extents, bytes: storedBytes(slice, dtype, pieceShape, shards, piecePlace) };
  });
  return { dtype, shape, pieces };
}

export function formatExtents(extents: readonly SliceExtent[]): string {
  return extents.map(({ start, length }) => `${start},${length}`).join(':');
}

function shapeFrom(entry: EntryProto, place: string): readonly number[] {
  const shape = shapeOf(entry.shape ?? { dim: [], unknown_rank: false });
  if (shape === null || shape.includes(null)) {
    throw invalidArgument(`${place} has no known shape`);
  }
  return shape as readonly number[]; // no null is among them
}

function storedBytes(
  entry: EntryProto,
  dtype: DType,
  shape: readonly number[],
  shards: number,
  place: string,
): StoredBytes {
  const shard = entry.shard_id ?? 0;
  const offset = safe(entry.offset, 0);
  const size = safe(entry.size, 0);
  if (shard < 0 || shard >= shards || offset < 0 || size < 0) {
    throw invalidArgument(`${place} claims ${size} bytes at byte ${offset} of data file ${shard} of ${shards}`);
  }
  const count = elementCount(shape);
  if (dtype !== 'STRING' && size !== count * byteSizeOf(dtype)) {
    throw invalidArgument(`${place} has ${size} bytes, ${dtype} of shape ${formatShape(shape)} needs another number`);
  }
  return { shard, offset, size, crc32c: entry.crc32c ?? 0 };
}

function safe(value: bigint | undefined, missing: number): number {
  const number = value === undefined ? missing : Number(value);
  if (!Number.isSafeInteger(number)) {
    throw invalidArgument(`${value} is outside -(2^53 - 1) to 2^53 - 1`);
  }
  return number;
}
