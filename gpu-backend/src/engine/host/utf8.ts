/** Bytes 10xxxxxx continue a character; TensorFlow counts characters by the others, without looking further. */
export function isTrailByte(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Number of characters, as TensorFlow counts them in any bytes. */
export function countCharacters(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) {
    count += isTrailByte(byte) ? 0 : 1;
  }
  return count;
}

/** The position `count` characters behind `start`; undefined when the bytes end before. */
export function forward(bytes: Uint8Array, start: number, count: number): number | undefined {
  let at = start;
  for (let moved = 0; moved < count; moved++) {
    if (at >= bytes.length) {
      return undefined;
    }
    do {
      at++;
    } while (isTrailByte(bytes[at]));
  }
  return at;
}

/** The position `count` characters before `start`; undefined when the bytes begin behind it or `count` is negative. */
export function backward(bytes: Uint8Array, start: number, count: number): number | undefined {
  let at = start;
  if (count < 0) {
    return undefined;
  }
  for (let moved = 0; moved < count; moved++) {
    if (at <= 0) {
      return undefined;
    }
    do {
      at--;
    } while (isTrailByte(bytes[at]) && at > 0);
  }
  return at;
}
