/** The keys of slices in a checkpoint: an encoding whose bytes sort as its values do. */

const UTF8 = new TextEncoder();

/** One dimension of a slice; a length of -1 is all of it. */
export interface SliceExtent {
  readonly start: number;
  readonly length: number;
}

/** The key under which a slice of the tensor `name` is stored. */
export function sliceKey(name: string, extents: readonly SliceExtent[]): Uint8Array {
  const key = [0, ...encodeText(UTF8.encode(name)), ...encodeCount(extents.length)];
  for (const { start, length } of extents) {
    key.push(...encodeSigned(start), ...encodeSigned(length));
  }
  return Uint8Array.from(key);
}

/** 0x00 and 0xff are escaped, since 0x00 0x01 ends the text. */
function encodeText(bytes: Uint8Array): number[] {
  const escaped = Array.from(bytes).flatMap((byte) => {
    if (byte === 0) {
      return [0x00, 0xff];
    }
    return byte === 0xff ? [0xff, 0x00] : [byte];
  });
  return [...escaped, 0x00, 0x01];
}

/** A small count: how many bytes it takes, then these. */
function encodeCount(count: number): number[] {
  return count === 0 ? [0] : [1, count];
}

/**
 * A safe integer in as few bytes as hold its bits, a sign and one bit per byte: the leading ones of the first bytes, or
 * the leading zeros of a negative number, tell the length.
 */
function encodeSigned(value: number): number[] {
  const wide = BigInt(value);
  const magnitude = value < 0 ? ~wide : wide;
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length;
  const length = Math.floor(bits / 7) + 1;
  const header = ((1n << BigInt(length)) - 1n) << BigInt(7 * length); // `length` ones at the top of `length` bytes
  const code = BigInt.asUintN(8 * length, wide) ^ header;
  return Array.from({ length }, (_, index) => Number((code >> BigInt(8 * (length - 1 - index))) & 0xffn));
}
