import { crc32 } from 'node:zlib';

/** The chunk that ends a PNG: no data, its type, its checksum. */
const END_BYTES = 12;
/** Length, type and checksum around the data of a chunk. */
const CHUNK_BYTES = 12;

/** The same picture in exactly `size` bytes: a chunk that nobody has to understand (PNG, 4.7) holds nothing. */
export function paddedPng(png: Uint8Array, size: number): Buffer<ArrayBuffer> {
  const length = size - png.length - CHUNK_BYTES;
  const chunk = Buffer.alloc(CHUNK_BYTES + length);
  chunk.writeUInt32BE(length, 0);
  chunk.write('paDd', 4, 'latin1');
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + length)), 8 + length);
  return Buffer.concat([png.subarray(0, -END_BYTES), chunk, png.subarray(-END_BYTES)]);
}
