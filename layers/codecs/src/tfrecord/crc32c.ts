// biome-ignore-all lint/style/noNonNullAssertion: a hot file, the indices of these typed-array reads are in bounds

/** CRC-32C (Castagnoli), the checksum of checkpoints and of TFRecord files. Hot file: it goes over every byte of the weights. */

/** The polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
/** Bytes per step: four tables more let the processor look up in parallel; beyond 16 nothing is gained. */
const SLICE = 16;

/** `TABLES[256 * k + byte]`: what `byte` does to the checksum `k` bytes later. */
const TABLES = makeTables();

/** The checksum of the bytes whose checksum is `crc`, followed by `bytes`. Begin with 0. */
export function extendCrc32c(crc: number, bytes: Uint8Array): number {
  const aligned = Math.min(-bytes.byteOffset & 3, bytes.length);
  const steps = Math.floor((bytes.length - aligned) / SLICE);
  let value = extendBytes(~crc, bytes.subarray(0, aligned));
  if (steps > 0) {
    value = extendWords(value, new Uint32Array(bytes.buffer, bytes.byteOffset + aligned, steps * (SLICE / 4)));
  }
  return ~extendBytes(value, bytes.subarray(aligned + steps * SLICE)) >>> 0;
}

function extendBytes(start: number, bytes: Uint8Array): number {
  let value = start;
  for (let index = 0; index < bytes.length; index++) {
    value = TABLES[(value ^ bytes[index]!) & 0xff]! ^ (value >>> 8);
  }
  return value;
}

function extendWords(start: number, words: Uint32Array): number {
  const tables = TABLES;
  let value = start;
  for (let index = 0; index < words.length; index += 4) {
    const a = value ^ words[index]!;
    const b = words[index + 1]!;
    const c = words[index + 2]!;
    const d = words[index + 3]!;
    value =
      tables[3840 + (a & 0xff)]! ^
      tables[3584 + ((a >>> 8) & 0xff)]! ^
      tables[3328 + ((a >>> 16) & 0xff)]! ^
      tables[3072 + (a >>> 24)]! ^
      tables[2816 + (b & 0xff)]! ^
      tables[2560 + ((b >>> 8) & 0xff)]! ^
      tables[2304 + ((b >>> 16) & 0xff)]! ^
      tables[2048 + (b >>> 24)]! ^
      tables[1792 + (c & 0xff)]! ^
      tables[1536 + ((c >>> 8) & 0xff)]! ^
      tables[1280 + ((c >>> 16) & 0xff)]! ^
      tables[1024 + (c >>> 24)]! ^
      tables[768 + (d & 0xff)]! ^
      tables[512 + ((d >>> 8) & 0xff)]! ^
      tables[256 + ((d >>> 16) & 0xff)]! ^
      tables[d >>> 24]!;
  }
  return value;
}

const MASK_DELTA = 0xa282ead8;

/** How checksums are stored: a checksum of bytes that contain their own checksum would be no check. */
export function maskCrc32c(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(256 * SLICE);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    }
    tables[byte] = value;
  }
  for (let index = 256; index < tables.length; index++) {
    const before = tables[index - 256]!;
    tables[index] = tables[before & 0xff]! ^ (before >>> 8);
  }
  return tables;
}
