// biome-ignore-all lint/style/noNonNullAssertion: a hot file, the indices of these typed-array reads are in bounds
import { invalidArgument, type StatusError } from '@tensorfleet/core';
import { WireType } from './wire.ts';

/** `ignoreBOM` keeps a leading U+FEFF: names come out as they went in. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** 64 bits in groups of 7. */
const MAX_VARINT_BYTES = 10;

/**
 * Reads the fields of one protobuf message from bytes that may be anything. Hot file.
 *
 * Every method returns or throws INVALID_ARGUMENT that names the message, the field and the byte; nothing is
 * read beyond the message's end, and no length is trusted before it is compared with the bytes that are left.
 * What is handed out are views: plain Uint8Arrays over the caller's buffer, also when that is a Node Buffer.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #message: string;
  readonly #start: number;
  readonly #end: number;
  #offset: number;
  #field = 0;
  #low = 0;
  #high = 0;

  private constructor(bytes: Uint8Array, message: string, start: number, end: number) {
    this.#bytes = bytes;
    this.#message = message;
    this.#start = start;
    this.#end = end;
    this.#offset = start;
  }

  /** A reader of `bytes`, which hold the fields of the message type `message`. */
  static of(bytes: Uint8Array, message: string): ByteReader {
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new ByteReader(plain, message, 0, plain.length);
  }

  get hasMore(): boolean {
    return this.#offset < this.#end;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** Another reader of the same message, at its beginning. */
  restarted(): ByteReader {
    return new ByteReader(this.#bytes, this.#message, this.#start, this.#end);
  }

  /** The error of the field that is being read; it has no number while its tag is read. */
  failure(reason: string): StatusError {
    const where = this.#field === 0 ? this.#message : `${this.#message} field ${this.#field}`;
    return invalidArgument(`${where} at byte ${this.#offset}: ${reason}`);
  }

  /** The next field's tag. */
  tag(): number {
    this.#field = 0;
    this.#varint();
    if (this.#high !== 0 || this.#low < 8) {
      throw this.failure('the next field has no valid number');
    }
    this.#field = this.#low >>> 3;
    return this.#low;
  }

  /** An int32, uint32 or enum: the low 32 bits of a varint, unsigned. */
  uint32(): number {
    const byte = this.#offset < this.#end ? this.#bytes[this.#offset]! : 0x80;
    if (byte < 0x80) {
      this.#offset++;
      return byte;
    }
    this.#varint();
    return this.#low;
  }

  bool(): boolean {
    this.#varint();
    return this.#low !== 0 || this.#high !== 0;
  }

  /** An int64 that a number can hold; anything beyond 2^53 - 1 is refused. */
  safeInt64(): number {
    this.#varint();
    const value = (this.#high | 0) * 0x1_0000_0000 + this.#low;
    if (!Number.isSafeInteger(value)) {
      throw this.failure('the integer is outside -(2^53 - 1) to 2^53 - 1');
    }
    return value;
  }

  /** A 64-bit varint into `words[index]` (low) and `words[index + 1]` (high). */
  uint64Into(words: Uint32Array, index: number): void {
    this.#varint();
    words[index] = this.#low;
    words[index + 1] = this.#high;
  }

  /** The next `length` bytes. */
  raw(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The value of a length-delimited field. */
  bytes(): Uint8Array {
    return this.raw(this.length());
  }

  float(): number {
    const start = this.#advance(4);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, 4).getFloat32(0, true);
  }

  string(): string {
    const bytes = this.bytes();
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.failure(`the ${bytes.length} bytes of the string are not UTF-8`);
    }
  }

  /** A reader of the embedded message that is the value of a length-delimited field. */
  message(message: string): ByteReader {
    const length = this.length();
    const start = this.#advance(length);
    return new ByteReader(this.#bytes, message, start, start + length);
  }

  /**
   * A reader of the values that follow `tag`: the payload of a length-delimited field (packed values),
   * one value otherwise.
   */
  values(tag: number): ByteReader {
    const length = (tag & 7) === WireType.Bytes ? this.length() : undefined;
    const start = this.#offset;
    if (length === undefined) {
      this.skip(tag);
    } else {
      this.#advance(length);
    }
    const values = new ByteReader(this.#bytes, this.#message, start, this.#offset);
    values.#field = this.#field;
    return values;
  }

  /** Skips the value that follows `tag`. Groups are refused: proto3 has none. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WireType.Varint:
        this.#varint();
        return;
      case WireType.Fixed64:
        this.#advance(8);
        return;
      case WireType.Bytes:
        this.#advance(this.length());
        return;
      case WireType.Fixed32:
        this.#advance(4);
        return;
      default:
        throw this.failure(`the wire type ${tag & 7} is not supported`);
    }
  }

  /** A varint that counts bytes which follow. */
  length(): number {
    this.#varint();
    if (this.#high !== 0) {
      throw this.failure(`the length is over 4 GiB, ${this.remaining} bytes are left`);
    }
    return this.#low;
  }

  /** Moves over `length` bytes and returns where they start. */
  #advance(length: number): number {
    const start = this.#offset;
    if (length > this.#end - start) {
      throw this.failure(`${length} bytes are wanted, ${this.#end - start} are left`);
    }
    this.#offset = start + length;
    return start;
  }

  /** The next varint into #low and #high. The loop ends after ten bytes whatever they hold. */
  #varint(): void {
    const bytes = this.#bytes;
    const available = Math.min(MAX_VARINT_BYTES, this.#end - this.#offset);
    let low = 0;
    let high = 0;
    for (let index = 0; index < available; index++) {
      const byte = bytes[this.#offset + index]!;
      const bits = byte & 0x7f;
      if (index < 4) {
        low |= bits << (7 * index);
      } else if (index === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else {
        high |= bits << (7 * index - 32);
      }
      if (byte < 0x80) {
        if (index === MAX_VARINT_BYTES - 1 && byte > 1) {
          throw this.failure('the varint has more than 64 bits');
        }
        this.#offset += index + 1;
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw this.failure(available === MAX_VARINT_BYTES ? 'the varint has more than 10 bytes' : 'the varint is cut off');
  }
}
