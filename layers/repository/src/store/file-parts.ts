import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { diskError, failedPrecondition } from '@tensorfleet/core';
import type { UploadSource } from './object-store.ts';

/** A piece of a file. `data` is valid until its buffer is used for another part. */
export interface FilePart {
  /** Counted from 0. */
  readonly index: number;
  readonly data: Uint8Array;
}

/**
 * The parts of a file, in order, for several readers at once; all bytes are digested on the way. An empty file has one.
 * Whoever gets the last part, or undefined, knows that the file is what `source` says.
 *
 * Throws FAILED_PRECONDITION for a file that has another length or digest, and what the disk says.
 */
export class FileParts implements AsyncDisposable {
  readonly #source: UploadSource;
  readonly #file: FileHandle;
  readonly #partBytes: number;
  readonly #hash = createHash('sha256');
  #position = 0;
  #isDone = false;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(source: UploadSource, file: FileHandle, partBytes: number) {
    this.#source = source;
    this.#file = file;
    this.#partBytes = partBytes;
  }

  static async open(source: UploadSource, partBytes: number): Promise<FileParts> {
    const file = await open(source.path).catch((reason: unknown) => {
      throw diskError(reason, source.path);
    });
    return new FileParts(source, file, partBytes);
  }

  /** Reads the next part into `buffer`, which has room for one. One reader at a time reads. */
  async next(buffer: Uint8Array): Promise<FilePart | undefined> {
    const turn = this.#turn.then(() => this.#read(buffer));
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    await this.#file.close();
  }

  async #read(buffer: Uint8Array): Promise<FilePart | undefined> {
    const { path, bytes, sha256 } = this.#source;
    const start = this.#position;
    const data = buffer.subarray(0, Math.min(this.#partBytes, bytes - start));
    if (this.#isDone) {
      return undefined;
    }
    await this.#fill(data);
    this.#hash.update(data);
    this.#position += data.byteLength;
    this.#isDone = this.#position === bytes;
    if (this.#isDone && ((await this.#hasMore()) || this.#hash.digest('hex') !== sha256)) {
      throw changed(path);
    }
    return { index: Math.floor(start / this.#partBytes), data };
  }

  async #fill(data: Uint8Array): Promise<void> {
    for (let filled = 0; filled < data.byteLength; ) {
      const { bytesRead } = await this.#try(() =>
        this.#file.read(data, filled, data.byteLength - filled, this.#position + filled),
      );
      if (bytesRead === 0) {
        throw changed(this.#source.path);
      }
      filled += bytesRead;
    }
  }

  async #hasMore(): Promise<boolean> {
    const { bytesRead } = await this.#try(() => this.#file.read(Buffer.alloc(1), 0, 1, this.#source.bytes));
    return bytesRead > 0;
  }

  async #try<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (reason) {
      throw diskError(reason, this.#source.path);
    }
  }
}

function changed(path: string): Error {
  return failedPrecondition(`"${path}" was changed while it was uploaded`, { path });
}

/** The etag that S3 gives a part, but in buckets that are encrypted with a key of their own. */
export function md5Etag(data: Uint8Array): string {
  return `"${createHash('md5').update(data).digest('hex')}"`;
}
