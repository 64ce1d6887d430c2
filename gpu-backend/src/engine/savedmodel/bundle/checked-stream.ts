import { extendCrc32c, maskCrc32c } from '@tensorfleet/codecs';
import { dataLoss } from '@tensorfleet/core';
import type { OpenFile } from '../file-access.ts';
import type { StoredBytes } from './bundle-index.ts';

/** The bytes of one stored tensor, front to back, in buffered reads; their checksum is known at the end. */
export class CheckedStream {
  readonly #file: OpenFile;
  readonly #stored: StoredBytes;
  readonly #place: string;
  readonly #buffer: Uint8Array;
  /** What of the buffer is not consumed yet. */
  #rest: Uint8Array;
  /** Bytes that left the buffer. */
  #position = 0;
  /** Bytes that were read into it. */
  #fetched = 0;
  #crc = 0;

  /** `place` names the tensor in errors. */
  constructor(file: OpenFile, stored: StoredBytes, place: string, bufferBytes: number) {
    this.#file = file;
    this.#stored = stored;
    this.#place = place;
    this.#buffer = new Uint8Array(Math.min(bufferBytes, stored.size));
    this.#rest = this.#buffer.subarray(0, 0);
  }

  /** Fills `target` with the bytes from `offset` on, which must not lie before what was copied last. */
  copy(offset: number, target: Uint8Array): void {
    this.#skip(offset - this.#position);
    for (let filled = 0; filled < target.length; ) {
      const part = this.#take(target.length - filled);
      target.set(part, filled);
      filled += part.length;
    }
  }

  /** Reads what is left. Throws DATA_LOSS when the checksum is wrong. */
  finish(): void {
    this.#skip(this.#stored.size - this.#position);
    if (maskCrc32c(this.#crc) !== this.#stored.crc32c) {
      throw dataLoss(
        `"${this.#file.path}": ${this.#place}: the ${this.#stored.size} bytes at byte ${this.#stored.offset} have a wrong checksum`,
      );
    }
  }

  #skip(count: number): void {
    for (let left = count; left > 0; ) {
      left -= this.#take(left).length;
    }
  }

  /** At least one and at most `count` bytes; valid until the next call. */
  #take(count: number): Uint8Array {
    if (this.#rest.length === 0) {
      this.#fetch();
    }
    const part = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(part.length);
    this.#position += part.length;
    return part;
  }

  #fetch(): void {
    const size = Math.min(this.#buffer.length, this.#stored.size - this.#fetched);
    this.#rest = this.#buffer.subarray(0, size);
    this.#file.read(this.#rest, this.#stored.offset + this.#fetched);
    this.#crc = extendCrc32c(this.#crc, this.#rest);
    this.#fetched += size;
  }
}
