import { ByteReader, extendCrc32c, maskCrc32c } from '@tensorfleet/codecs';
import { invalidArgument } from '@tensorfleet/core';

const CHECKSUM_BYTES = 4;
const EMPTY = new Uint8Array(0);

/**
 * The strings of a stored tensor: the varint lengths of all, a checksum of the lengths, then the bytes of all. Both
 * checksums take the lengths as 32-bit integers, not as the file has them; `crc32c` covers the lengths' checksum too.
 * The strings are views. Throws INVALID_ARGUMENT; `count` is compared with the bytes before it is used.
 */
export function readStoredStrings(bytes: Uint8Array, count: number, crc32c: number): readonly Uint8Array[] {
  if (count > bytes.length) {
    throw invalidArgument(`${bytes.length} bytes are too few for ${count} strings`);
  }
  const reader = ByteReader.of(bytes, 'string tensor');
  const lengths = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    lengths[index] = reader.length();
  }
  const crcOfLengths = extendCrc32c(0, new Uint8Array(lengths.buffer));
  const afterLengths = reader.raw(reader.remaining);
  const stored = ByteReader.of(afterLengths, 'string tensor').raw(CHECKSUM_BYTES);
  if (new DataView(stored.buffer, stored.byteOffset).getUint32(0, true) !== maskCrc32c(crcOfLengths)) {
    throw invalidArgument('the lengths of the strings have a wrong checksum');
  }
  if (maskCrc32c(extendCrc32c(crcOfLengths, afterLengths)) !== crc32c) {
    throw invalidArgument('the strings have a wrong checksum');
  }
  const content = ByteReader.of(afterLengths.subarray(CHECKSUM_BYTES), 'string tensor');
  const strings = Array.from(lengths, (length) => (length === 0 ? EMPTY : content.raw(length)));
  if (content.hasMore) {
    throw content.failure(`${content.remaining} bytes are left after the last string`);
  }
  return strings;
}
