import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesField, encodeMessage, type Field, intField, messageField } from '@tensorfleet/codecs';
import { type SliceExtent, sliceKey } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/ordered-code.ts';
import { extendCrc32c, maskCrc32c } from '../../../../../layers/codecs/src/index.ts';

/** Checkpoints written for tests, also such as TensorFlow would not write. */

const FLOAT = 1;
const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;

export interface TableRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface BlockOptions {
  readonly compression?: number;
  /** What the block is stored as. Default: as it is. */
  readonly pack?: (block: Uint8Array) => Uint8Array;
}

/** A table of one data block per group of rows. */
export function sortedTable(groups: readonly (readonly TableRow[])[], options: BlockOptions = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const store = (block: Uint8Array): Uint8Array => {
    const stored = withTrailer(options.pack?.(block) ?? block, options.compression ?? 0);
    const handle = Uint8Array.from([...varint(offset), ...varint(stored.length - 5)]);
    parts.push(stored);
    offset += stored.length;
    return handle;
  };
  const index = groups.map((rows) => ({ key: rows.at(-1)?.key ?? new Uint8Array(0), value: store(blockOf(rows)) }));
  const meta = store(blockOf([]));
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.set([...meta, ...store(blockOf(index))]);
  footer.writeBigUInt64LE(MAGIC, FOOTER_BYTES - 8);
  return Buffer.concat([...parts, footer]);
}

/** Rows whose keys share their beginnings, without restarts but the first. */
export function blockOf(rows: readonly TableRow[]): Uint8Array {
  let last = new Uint8Array(0);
  const parts = rows.flatMap(({ key, value }) => {
    let shared = 0;
    while (shared < last.length && last[shared] === key[shared]) {
      shared++;
    }
    last = Uint8Array.from(key);
    return [...varint(shared), ...varint(key.length - shared), ...varint(value.length), ...key.slice(shared), ...value];
  });
  return Uint8Array.from([...parts, 0, 0, 0, 0, 1, 0, 0, 0]);
}

export function withTrailer(block: Uint8Array, compression: number): Uint8Array {
  const stored = Buffer.alloc(block.length + 5);
  stored.set(block);
  stored[block.length] = compression;
  stored.writeUInt32LE(maskCrc32c(extendCrc32c(0, stored.subarray(0, block.length + 1))), block.length + 1);
  return stored;
}

export function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))];
}

export interface EntryFields {
  readonly dtype?: number;
  readonly shape?: readonly number[];
  readonly shard?: number;
  readonly offset?: number;
  readonly size?: number;
  /** Not yet masked. */
  readonly crc?: number;
  readonly slices?: readonly (readonly SliceExtent[])[];
}

export function entryProto(entry: EntryFields): Uint8Array {
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(maskCrc32c(entry.crc ?? 0));
  const dimensions = (entry.shape ?? []).map((size) => messageField(2, [intField(1, size)]));
  const slices = (entry.slices ?? []).map((extents) => messageField(7, extents.map(extentField)));
  return Buffer.concat([
    encodeMessage([
      intField(1, entry.dtype ?? FLOAT),
      messageField(2, dimensions),
      intField(3, entry.shard ?? 0),
      intField(4, entry.offset ?? 0),
      intField(5, entry.size ?? 0),
    ]),
    Uint8Array.of((6 << 3) | 5),
    crc,
    encodeMessage(slices),
  ]);
}

function extentField({ start, length }: SliceExtent): Field {
  return length === -1 ? messageField(1, []) : messageField(1, [intField(1, start), intField(2, length)]);
}

export function headerProto(shards: number, endianness = 0): Uint8Array {
  return encodeMessage([intField(1, shards), intField(2, endianness), bytesField(3, Uint8Array.of(8, 1))]);
}

export function textKey(key: string): Uint8Array {
  return new TextEncoder().encode(key);
}

export function rowsOf(rows: readonly TableRow[], header = headerProto(1)): readonly TableRow[] {
  return [{ key: new Uint8Array(0), value: header }, ...rows].sort((a, b) => Buffer.compare(a.key, b.key));
}

/** A float tensor cut into pieces, all in data file 0 from its beginning on; `piece` has the values of one of them. */
export function writePartitioned(
  directory: string,
  shape: readonly number[],
  pieces: readonly { readonly extents: readonly SliceExtent[]; readonly values: readonly number[] }[],
): void {
  let offset = 0;
  const contents: Uint8Array[] = [];
  const slices = pieces.map(({ extents, values }): TableRow => {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    const lengths = extents.map(({ length }, axis) => (length === -1 ? shape[axis]! : length));
    const value = entryProto({ shape: lengths, offset, size: bytes.length, crc: extendCrc32c(0, bytes) });
    offset += bytes.length;
    contents.push(bytes);
    return { key: sliceKey('t', extents), value };
  });
  const whole = { key: textKey('t'), value: entryProto({ shape, slices: pieces.map(({ extents }) => extents) }) };
  writeBundle(directory, sortedTable([rowsOf([whole, ...slices])]), Buffer.concat(contents));
}

export function writeBundle(directory: string, index: Uint8Array, data: Uint8Array): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'variables.index'), index);
  writeFileSync(join(directory, 'variables.data-00000-of-00001'), data);
}
