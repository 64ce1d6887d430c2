import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { dataLoss, isSystemError } from '@tensorfleet/core';
import { stampOf } from '@tensorfleet/repository';
import type { RepositoryLog } from '../repository-log.ts';
import type { CacheFiles } from './cache-files.ts';
import { piecesOf, sha256Of } from './read-pieces.ts';

export interface BlobStoreOptions {
  readonly files: CacheFiles;
  /** `<directory>/<2 hex>/<sha256>`. */
  readonly directory: string;
  readonly wallNow: () => number;
  readonly log: RepositoryLog;
}

/**
 * Whole files by their SHA-256. A blob is never written to; it appears by a rename and leaves by being unlinked, so who
 * has a link to it keeps it. The first use of a blob by a process digests it; later ones compare inode, size and time of
 * modification with what they were then. A blob that is not what its name says is removed.
 */
export class BlobStore {
  readonly #options: BlobStoreOptions;
  /** Stamps of the blobs that this process has digested. */
  readonly #verified = new Map<string, string>();

  constructor(options: BlobStoreOptions) {
    this.#options = options;
  }

  pathOf(sha256: string): string {
    return join(this.#options.directory, sha256.slice(0, 2), sha256);
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.#stat(this.pathOf(sha256))) !== undefined;
  }

  /**
   * Makes `target` the blob of this digest, in a directory that is there; false when there is no such blob that is whole.
   * Linked first and looked at afterwards: what has a link is not evicted. Rejects with DATA_LOSS when what has this
   * digest has another number of bytes, with CANCELLED, and with system errors.
   */
  async link(sha256: string, bytes: number, target: string, signal: AbortSignal): Promise<boolean> {
    const path = this.pathOf(sha256);
    const stats = await this.#stat(path);
    if (stats === undefined) {
      return false;
    }
    await this.#markUsed(path, stats);
    if (!(await this.#linkTo(path, target))) {
      return false;
    }
    const linked = await this.#stat(target);
    if (linked?.isFile() && (await this.#isWhole(sha256, target, signal))) {
      if (linked.size === bytes) {
        return true;
      }
      throw dataLoss(`what has the SHA-256 digest ${sha256} has ${linked.size} bytes, not ${bytes}`);
    }
    await this.#options.files.unlink(target);
    if (linked !== undefined) {
      this.#options.log.warn({ path }, `"${path}" was damaged on the disk, it is fetched again`);
      await this.#remove(path, linked);
    }
    return false;
  }

  /** Moves a complete file here, which has just been digested: `bytes` of it have this digest. */
  async add(sha256: string, from: string): Promise<void> {
    const { files } = this.#options;
    const path = this.pathOf(sha256);
    await files.mkdir(dirname(path), { recursive: true });
    const stamp = stampOf(await files.stat(from));
    await files.rename(from, path);
    this.#verified.set(sha256, stamp);
  }

  /** Nobody has needed the blob for so long from now on. */
  async touch(sha256: string): Promise<void> {
    const path = this.pathOf(sha256);
    const stats = await this.#stat(path);
    if (stats !== undefined) {
      await this.#markUsed(path, stats);
    }
  }

  /** Whole seconds, which every file system keeps as they are: marking a blob as used does not change its stamp. */
  nowSeconds(): number {
    return Math.floor(this.#options.wallNow() / 1_000);
  }

  async #stat(path: string): Promise<Stats | undefined> {
    try {
      return await this.#options.files.stat(path);
    } catch (reason) {
      if (isSystemError(reason, 'ENOENT', 'ENOTDIR')) {
        return undefined;
      }
      throw reason;
    }
  }

  /** The time of access is when it was used; on a disk that only reads, blobs are as old as they are. */
  async #markUsed(path: string, { mtimeMs }: Stats): Promise<void> {
    await this.#options.files.utimes(path, this.nowSeconds(), mtimeMs / 1_000).catch(() => undefined);
  }

  /** A symbolic link where the file system has no others, or no more to this file. */
  async #linkTo(path: string, target: string): Promise<boolean> {
    const { files } = this.#options;
    try {
      await files.link(path, target);
      return true;
    } catch (reason) {
      if (isSystemError(reason, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV')) {
        await files.symlink(path, target);
        return await this.#isThere(path);
      }
      if (isSystemError(reason, 'ENOENT') && !(await this.#isThere(path))) {
        return false;
      }
      throw reason;
    }
  }

  async #isThere(path: string): Promise<boolean> {
    return (await this.#stat(path)) !== undefined;
  }

  async #isWhole(sha256: string, target: string, signal: AbortSignal): Promise<boolean> {
    await using file = await this.#options.files.open(target, 'r');
    const stats = await file.stat();
    const stamp = stampOf(stats);
    if (this.#verified.get(sha256) === stamp) {
      return true;
    }
    if ((await sha256Of(piecesOf(file, { start: 0, end: stats.size }, signal))) !== sha256) {
      return false;
    }
    this.#verified.set(sha256, stamp);
    return true;
  }

  /** Another server may have put a good one in its place meanwhile. */
  async #remove(path: string, { ino }: Stats): Promise<void> {
    if ((await this.#stat(path))?.ino === ino) {
      await this.#options.files.rm(path, { force: true });
    }
  }
}
