/**
 * Writes into one buffer whose size was computed before (`fields.ts`); it never grows. Hot file.
 *
 * Writing past the end is lost or throws RangeError: it would mean that a size was computed wrongly.
 */
export class ByteWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #offset: number;

  /** A buffer of `size` bytes, the first `offset` of them left to the caller. */
  constructor(size: number, offset = 0) {
    this.bytes = new Uint8Array(size);
    this.#offset = offset;
  }

  /** The varint of an unsigned 32-bit number. */
  uint32(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.#offset++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.#offset++] = rest;
  }

  /** The varint of the unsigned number `high * 2^32 + low`. */
  uint64(low: number, high: number): void {
    let lowRest = low;
    let highRest = high;
    while (highRest > 0) {
      this.bytes[this.#offset++] = (lowRest & 0x7f) | 0x80;
      lowRest = ((lowRest >>> 7) | (highRest << 25)) >>> 0;
      highRest >>>= 7;
    }
    this.uint32(lowRest);
  }

  float(value: number): void {
    new DataView(this.bytes.buffer).setFloat32(this.#offset, value, true);
    this.#offset += 4;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#offset);
    this.#offset += bytes.length;
  }
}
