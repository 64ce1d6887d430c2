// biome-ignore-all lint/style/noNonNullAssertion: hot file, positions are compared with the end before they are read
import { invalidArgument, type StatusError } from '@tensorfleet/core';

/** 64 bits in groups of 7. */
const MAX_VARINT_BYTES = 10;

/**
 * Reads protobuf the way TensorFlow's parser of examples does, which is laxer than protobuf in places and stricter in
 * others: a message that claims more bytes than are left ends where they end, a varint's 65th bit and up are dropped,
 * and fields have to have the one-byte tags that are expected. Throws INVALID_ARGUMENT, never reads past the end.
 */
export class WireCursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #what: string;
  #at: number;

  /** `what` is being read, for errors. */
  constructor(bytes: Uint8Array, what: string, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#what = what;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  failure(reason: string): StatusError {
    return invalidArgument(`${this.#what}: ${reason} at byte ${this.#at}`);
  }

  /** Moves over the byte `tag` when it is the next one. */
  takes(tag: number): boolean {
    const isNext = this.#at < this.#end && this.#bytes[this.#at] === tag;
    this.#at += isNext ? 1 : 0;
    return isNext;
  }

  /** Moves over the byte `tag`. */
  expect(tag: number): void {
    if (!this.takes(tag)) {
      throw this.failure('another field is expected');
    }
  }

  /** A varint's low 32 bits. */
  uint32(): number {
    return Number(this.uint64() & 0xffff_ffffn);
  }

  uint64(): bigint {
    const first = this.#at < this.#end ? this.#bytes[this.#at]! : 0x80;
    if (first < 0x80) {
      this.#at++;
      return BigInt(first);
    }
    let value = 0n;
    for (let index = 0; index < MAX_VARINT_BYTES && this.#at < this.#end; index++) {
      const byte = this.#bytes[this.#at++]!;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) {
        return BigInt.asUintN(64, value);
      }
    }
    throw this.failure('a varint does not end');
  }

  /** The next `length` bytes; a view. */
  raw(length: number): Uint8Array {
    if (length > this.#end - this.#at) {
      throw this.failure(`${length} bytes are wanted, ${this.#end - this.#at} are left`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The value of a length-delimited field; a view. */
  text(): Uint8Array {
    return this.raw(this.uint32());
  }

  /** A cursor over an embedded message, or over what is left of it; this one moves behind it. */
  message(): WireCursor {
    const length = this.uint32();
    const start = this.#at;
    this.#at = Math.min(this.#end, start + length);
    return new WireCursor(this.#bytes, this.#what, start, this.#at);
  }

  /** All that is left; a view. */
  rest(): Uint8Array {
    return this.raw(this.#end - this.#at);
  }

  /** Moves over a field of any number but those of groups. */
  skipField(): void {
    const tag = this.uint32();
    switch (tag & 7) {
      case 0:
        this.uint64();
        return;
      case 1:
        this.raw(8);
        return;
      case 2:
        this.message();
        return;
      case 5:
        this.raw(4);
        return;
      default:
        throw this.failure('groups are not supported');
    }
  }
}
