import { ByteReader, extendCrc32c, maskCrc32c } from '@tensorfleet/codecs';
import { invalidArgument, unimplemented } from '@tensorfleet/core';
import { decodeSnappy } from './snappy.ts';

/** LevelDB's sorted table, as TensorFlow writes it: data blocks, a block that lists them, a footer. */

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** The compression's number and the checksum behind every block. */
const TRAILER_BYTES = 5;

const Compression = { None: 0, Snappy: 1 } as const;

export interface TableEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Where a block lies in the file. */
interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

/**
 * What a key takes may be far more than its bytes in the file, since it repeats the beginning of the key before; the
 * keys of real checkpoints together are a few times as long as the file.
 */
const MAX_KEY_GROWTH = 32;
const FREE_KEY_BYTES = 2 ** 20;

/** What keys may still take. */
interface Budget {
  keyBytes: number;
}

/**
 * All entries of the table in `bytes`, their keys in ascending order. Throws INVALID_ARGUMENT that names the block; work
 * and memory are bounded by the length of `bytes`, whatever they hold.
 */
export function* readSortedTable(bytes: Uint8Array): Generator<TableEntry> {
  if (bytes.length < FOOTER_BYTES) {
    throw invalidArgument(`the table has ${bytes.length} bytes, its footer alone has ${FOOTER_BYTES}`);
  }
  const footer = bytes.subarray(bytes.length - FOOTER_BYTES);
  const magic = new DataView(footer.buffer, footer.byteOffset).getBigUint64(FOOTER_BYTES - 8, true);
  if (magic !== MAGIC) {
    throw invalidArgument(`the table ends with 0x${magic.toString(16)}, which no table does`);
  }
  const reader = ByteReader.of(footer, 'table footer');
  readHandle(reader); // of a block of metadata, which TensorFlow leaves empty
  const body = bytes.subarray(0, bytes.length - FOOTER_BYTES);
  const budget: Budget = { keyBytes: FREE_KEY_BYTES + MAX_KEY_GROWTH * bytes.length };
  let end = 0;
  let last: Uint8Array | undefined;
  for (const { value } of readBlock(body, readHandle(reader), budget)) {
    const handle = readHandle(ByteReader.of(value, 'table index'));
    if (handle.offset < end) {
      throw invalidArgument(`the block at byte ${handle.offset} begins before byte ${end}, where another one ends`);
    }
    end = handle.offset + handle.size;
    for (const entry of readBlock(body, handle, budget)) {
      if (last !== undefined && Buffer.compare(last, entry.key) >= 0) {
        throw invalidArgument(`the block at byte ${handle.offset} has keys out of order`);
      }
      last = entry.key;
      yield entry;
    }
  }
}

function readHandle(reader: ByteReader): BlockHandle {
  return { offset: reader.safeInt64(), size: reader.safeInt64() };
}

function readBlock(body: Uint8Array, handle: BlockHandle, budget: Budget): Generator<TableEntry> {
  const { offset, size } = handle;
  if (offset < 0 || size < 0 || offset + size + TRAILER_BYTES > body.length) {
    throw invalidArgument(`a block of ${size} bytes at byte ${offset} lies outside the table's ${body.length}`);
  }
  const end = offset + size;
  const stored = new DataView(body.buffer, body.byteOffset).getUint32(end + 1, true);
  if (maskCrc32c(extendCrc32c(0, body.subarray(offset, end + 1))) !== stored) {
    throw invalidArgument(`the block of ${size} bytes at byte ${offset} has a wrong checksum`);
  }
  const content = body.subarray(offset, end);
  switch (body[end]) {
    case Compression.None:
      return entriesOf(content, offset, budget);
    case Compression.Snappy:
      return entriesOf(decodeSnappy(content), offset, budget);
    default:
      throw unimplemented(`the compression ${body[end]} of the block at byte ${offset} is not supported`);
  }
}

/** Keys share a beginning with the key before; the offsets at the block's end, for searching, are not needed. */
function* entriesOf(block: Uint8Array, place: number, budget: Budget): Generator<TableEntry> {
  const restarts =
    block.length < 4 ? -1 : new DataView(block.buffer, block.byteOffset).getUint32(block.length - 4, true);
  const size = block.length - 4 - 4 * restarts;
  if (restarts < 0 || size < 0) {
    throw invalidArgument(`the block at byte ${place} has ${block.length} bytes and claims ${restarts} restarts`);
  }
  const reader = ByteReader.of(block.subarray(0, size), `table block at ${place}`);
  let key = new Uint8Array(0);
  while (reader.hasMore) {
    const shared = reader.length();
    const added = reader.length();
    const valueSize = reader.length();
    if (shared > key.length) {
      throw invalidArgument(`the table block at ${place} has a key that shares ${shared} of ${key.length} bytes`);
    }
    const rest = reader.raw(added);
    budget.keyBytes -= shared + rest.length;
    if (budget.keyBytes < 0) {
      throw invalidArgument(`the table block at ${place} has keys that are far longer than the file`);
    }
    const next = new Uint8Array(shared + rest.length);
    next.set(key.subarray(0, shared));
    next.set(rest, shared);
    key = next;
    yield { key, value: reader.raw(valueSize) };
  }
}
