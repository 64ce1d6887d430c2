import { WireType } from '@tensorfleet/codecs';

const FIRST_CAPACITY = 64 * 1024;
/** Room for the length of a message that is not written yet; a varint may be longer than it needs to be. */
const LENGTH_BYTES = 5;

/** Protobuf messages written front to back, of any size and depth, into a buffer that grows. */
export class WireBuffer {
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #size = 0;

  /** What was written so far: a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** The beginning of a message in field `field`; give the result to `end`. */
  begin(field: number): number {
    this.#tag(field, WireType.Bytes);
    this.#reserve(LENGTH_BYTES);
    this.#size += LENGTH_BYTES;
    return this.#size;
  }

  end(start: number): void {
    let length = this.#size - start;
    for (let index = LENGTH_BYTES; index > 0; index--) {
      this.#bytes[start - index] = (length & 0x7f) | (index > 1 ? 0x80 : 0);
      length >>>= 7;
    }
  }

  bytesField(field: number, value: Uint8Array): void {
    const start = this.begin(field);
    this.#append(value);
    this.end(start);
  }

  varintField(field: number, value: bigint): void {
    this.#tag(field, WireType.Varint);
    this.#varint(BigInt.asUintN(64, value));
  }

  floatField(field: number, value: number): void {
    this.#tag(field, WireType.Fixed32);
    this.#append(new Uint8Array(Float32Array.of(value).buffer));
  }

  doubleField(field: number, value: number): void {
    this.#tag(field, WireType.Fixed64);
    this.#append(new Uint8Array(Float64Array.of(value).buffer));
  }

  #tag(field: number, wireType: WireType): void {
    this.#varint(BigInt((field << 3) | wireType));
  }

  #varint(value: bigint): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#size++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#size++] = Number(rest);
  }

  #append(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#size);
    this.#size += value.length;
  }

  #reserve(count: number): void {
    if (this.#size + count > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#size + count));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
  }
}
