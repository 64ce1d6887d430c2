import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { CacheFiles } from './cache-files.ts';
import { piecesOf } from './read-pieces.ts';

/** Of a range that is finished: MARK and the CRC-32 of its bytes. */
const RECORD_BYTES = 8;
const MARK = 0x72616e67;

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface PartShape {
  /** Of the whole file. */
  readonly bytes: number;
  /** Of each range but the last one. */
  readonly rangeBytes: number;
}

/**
 * A file on its way: its bytes, followed by one record for each range that is finished. A record is written after its
 * range, and believed only when the checksum in it fits: a file that was cut off or that a power cut has damaged loses
 * the ranges concerned and no others.
 */
export class PartFile {
  readonly #file: FileHandle;
  readonly #bytes: number;
  readonly #rangeBytes: number;

  private constructor(file: FileHandle, { bytes, rangeBytes }: PartShape) {
    this.#file = file;
    this.#bytes = bytes;
    this.#rangeBytes = rangeBytes;
  }

  /** Of an existing file; one of another length is emptied. Rejects with system errors, as all methods do. */
  static async open(files: Pick<CacheFiles, 'open'>, path: string, shape: PartShape): Promise<PartFile> {
    const file = await files.open(path, 'r+');
    try {
      const part = new PartFile(file, shape);
      if ((await file.stat()).size !== part.#length) {
        await part.empty();
      }
      return part;
    } catch (reason) {
      await file.close();
      throw reason;
    }
  }

  /** Throws away what is there. */
  async empty(): Promise<void> {
    await this.#file.truncate(0);
    await this.#file.truncate(this.#length);
  }

  /** The ranges that are not there, in order. */
  async missing(signal: AbortSignal): Promise<readonly ByteRange[]> {
    const ranges = this.#ranges();
    const records = Buffer.alloc(ranges.length * RECORD_BYTES);
    await this.#file.read(records, 0, records.length, this.#bytes);
    const missing: ByteRange[] = [];
    for (const [index, range] of ranges.entries()) {
      const isMarked = records.readUInt32LE(index * RECORD_BYTES) === MARK;
      const crc = records.readUInt32LE(index * RECORD_BYTES + 4);
      if (!isMarked || (await this.#checksum(range, signal)) !== crc) {
        missing.push(range);
      }
    }
    return missing;
  }

  async write(position: number, data: Uint8Array): Promise<void> {
    for (let written = 0; written < data.byteLength; ) {
      const { bytesWritten } = await this.#file.write(data, written, data.byteLength - written, position + written);
      written += bytesWritten;
    }
  }

  /** All of the range is written, and has this CRC-32. */
  async finish({ start }: ByteRange, crc: number): Promise<void> {
    const record = Buffer.alloc(RECORD_BYTES);
    record.writeUInt32LE(MARK);
    record.writeUInt32LE(crc, 4);
    await this.write(this.#bytes + (start / this.#rangeBytes) * RECORD_BYTES, record);
  }

  /** The bytes alone, in order, in buffers that are used again. */
  pieces(signal: AbortSignal): AsyncIterable<Uint8Array> {
    return piecesOf(this.#file, { start: 0, end: this.#bytes }, signal);
  }

  /** Turns the part into a file that is never written again, last changed at this time; close it then. */
  async complete(seconds: number): Promise<void> {
    await this.#file.truncate(this.#bytes);
    await this.#file.chmod(0o444);
    await this.#file.utimes(seconds, seconds);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  get #length(): number {
    return this.#bytes + Math.ceil(this.#bytes / this.#rangeBytes) * RECORD_BYTES;
  }

  #ranges(): readonly ByteRange[] {
    return Array.from({ length: Math.ceil(this.#bytes / this.#rangeBytes) }, (_, index) => ({
      start: index * this.#rangeBytes,
      end: Math.min((index + 1) * this.#rangeBytes, this.#bytes),
    }));
  }

  async #checksum(range: ByteRange, signal: AbortSignal): Promise<number> {
    let crc = 0;
    for await (const piece of piecesOf(this.#file, range, signal)) {
      crc = crc32(piece, crc);
    }
    return crc;
  }
}
