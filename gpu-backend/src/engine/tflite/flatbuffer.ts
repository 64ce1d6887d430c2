import { dataLoss } from '@tensorfleet/core';

/** Bytes of offsets, counts and most scalars. */
const WORD = 4;
/** How often the elements of a file may be read, on average over its bytes. Writers share a few vectors at most. */
const MAX_OVERLAP = 4;

/**
 * A FlatBuffers table in bytes that nobody has checked.
 *
 * Fields are named by their number in the schema; an absent one reads as its default. Each read checks that what it
 * returns lies inside the buffer, and throws DATA_LOSS otherwise. Nothing is allocated by a claimed size.
 */
export class FlatTable {
  readonly buffer: FlatBuffer;
  /** Where the table begins in the buffer. */
  readonly position: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;

  constructor(buffer: FlatBuffer, position: number) {
    this.buffer = buffer;
    this.position = position;
    this.#vtable = position - buffer.int32(position);
    this.#vtableBytes = buffer.uint16(this.#vtable);
  }

  uint32(field: number, fallback = 0): number {
    const at = this.locate(field);
    return at === undefined ? fallback : this.buffer.uint32(at);
  }

  int32(field: number, fallback = 0): number {
    const at = this.locate(field);
    return at === undefined ? fallback : this.buffer.int32(at);
  }

  uint8(field: number, fallback = 0): number {
    const at = this.locate(field);
    return at === undefined ? fallback : this.buffer.uint8(at);
  }

  text(field: number): string | undefined {
    const bytes = this.bytes(field);
    return bytes === undefined ? undefined : DECODER.decode(bytes);
  }

  /** A view of a vector of bytes. */
  bytes(field: number): Uint8Array | undefined {
    const at = this.#vector(field, 1);
    return at && this.buffer.view(at.start, at.count);
  }

  int32s(field: number): readonly number[] | undefined {
    const at = this.#vector(field, WORD);
    return at && Array.from({ length: at.count }, (_, index) => this.buffer.int32(at.start + index * WORD));
  }

  table(field: number): FlatTable | undefined {
    const at = this.locate(field);
    return at === undefined ? undefined : new FlatTable(this.buffer, this.buffer.target(at));
  }

  tables(field: number): readonly FlatTable[] {
    const at = this.#vector(field, WORD);
    return Array.from(
      { length: at?.count ?? 0 },
      (_, index) => new FlatTable(this.buffer, this.buffer.target((at?.start ?? 0) + index * WORD)),
    );
  }

  /** Where what the offset in `field` refers to begins: a string, a vector or a table. */
  target(field: number): number | undefined {
    const at = this.locate(field);
    return at === undefined ? undefined : this.buffer.target(at);
  }

  /** Where the field's own bytes lie. */
  locate(field: number): number | undefined {
    const entry = WORD + field * 2;
    const offset = entry + 2 <= this.#vtableBytes ? this.buffer.uint16(this.#vtable + entry) : 0;
    return offset === 0 ? undefined : this.position + offset;
  }

  #vector(field: number, elementBytes: number): { readonly start: number; readonly count: number } | undefined {
    const at = this.target(field);
    if (at === undefined) {
      return undefined;
    }
    const count = this.buffer.uint32(at);
    this.buffer.check(at + WORD, count * elementBytes);
    this.buffer.spend(count);
    return { start: at + WORD, count };
  }
}

/** The bytes of a FlatBuffers file; `name` is what errors call it. */
export class FlatBuffer {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly #view: DataView;
  #unread: number;

  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes;
    this.name = name;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#unread = bytes.length * MAX_OVERLAP;
  }

  root(): FlatTable {
    return new FlatTable(this, this.target(0));
  }

  uint8(at: number): number {
    this.check(at, 1);
    return this.#view.getUint8(at);
  }

  uint16(at: number): number {
    this.check(at, 2);
    return this.#view.getUint16(at, true);
  }

  uint32(at: number): number {
    this.check(at, WORD);
    return this.#view.getUint32(at, true);
  }

  int32(at: number): number {
    this.check(at, WORD);
    return this.#view.getInt32(at, true);
  }

  /** The position that the offset at `at` refers to. */
  target(at: number): number {
    return at + this.uint32(at);
  }

  view(start: number, count: number): Uint8Array {
    this.check(start, count);
    return this.bytes.subarray(start, start + count);
  }

  /** Vectors may overlap, and a small file so claim to hold far more than its size: reading all has a bound. */
  spend(count: number): void {
    this.#unread -= count;
    if (this.#unread < 0) {
      throw dataLoss(`model file ${this.name} is damaged: its vectors lie over each other`);
    }
  }

  check(start: number, count: number): void {
    if (start < 0 || start + count > this.bytes.length) {
      throw dataLoss(
        `model file ${this.name} is damaged: ${count} bytes at ${start} reach beyond its ${this.bytes.length} bytes`,
      );
    }
  }
}

const DECODER = new TextDecoder();
