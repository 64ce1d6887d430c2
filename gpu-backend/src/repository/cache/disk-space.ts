import { resourceExhausted } from '@tensorfleet/core';
import type { CacheFiles } from './cache-files.ts';
import { type CacheContent, evict } from './evict.ts';

export interface DiskSpaceOptions {
  readonly files: Pick<CacheFiles, 'statfs'>;
  readonly directory: string;
  /** What could make room. */
  readonly content: () => Promise<CacheContent>;
}

/** A promise to write at most so many bytes. */
export interface Reservation extends Disposable {
  /** Bytes that are still to come. */
  readonly left: () => number;
}

/** The room on the cache's disk, with what this process has promised to write already. */
export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  readonly #reservations = new Set<Reservation>();

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
  }

  /**
   * Sets room aside for what `left` tells; blobs and parts that nobody needs make way, if that is enough. `what` is what
   * the bytes are for. Rejects with RESOURCE_EXHAUSTED when the disk has no room for them, and with system errors.
   */
  async reserve(left: () => number, what: string): Promise<Reservation> {
    const reservation = { left, [Symbol.dispose]: () => void this.#reservations.delete(reservation) };
    this.#reservations.add(reservation); // before the first wait: of two, one at least sees the other
    try {
      const missing = this.#promised() - (await this.#free());
      if (missing > 0) {
        await this.#makeRoom(missing, left(), what);
      }
      return reservation;
    } catch (reason) {
      reservation[Symbol.dispose]();
      throw reason;
    }
  }

  #promised(): number {
    return [...this.#reservations].reduce((sum, { left }) => sum + left(), 0);
  }

  async #free(): Promise<number> {
    const { files, directory } = this.#options;
    const { bavail, bsize } = await files.statfs(directory);
    return bavail * bsize;
  }

  async #makeRoom(missing: number, wanted: number, what: string): Promise<void> {
    const { content, directory } = this.#options;
    const found = await content();
    const idle = found.idle.reduce((sum, { bytes }) => sum + bytes, 0);
    if (idle < missing) {
      throw resourceExhausted(
        `the disk that holds "${directory}" has ${await this.#free()} bytes free, ${what} needs ${wanted} more`,
        { path: directory, wanted: String(wanted) },
      );
    }
    await evict(found, missing);
  }
}
