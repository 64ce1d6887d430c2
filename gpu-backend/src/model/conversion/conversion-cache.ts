import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskError, isSystemError, StatusError } from '@tensorfleet/core';
import { discardStaging, stagingPath, sweepStaging } from '@tensorfleet/repository';
import { openPrivateDirectory } from '../../repository/cache/private-directory.ts';
import { conversionBytes, isWholeConversion, SEAL_NAME, sealConversion } from './conversion-entry.ts';

export interface ConversionCacheOptions {
  /** Where converted models lie, one directory each; made when it is missing. */
  readonly directory: string;
  /** Beyond that the models that were not loaded for longest leave, but for those that this process has open. */
  readonly maxBytes: number;
  /** Whether the directory must belong to this process's user: others could have prepared one with a known name. */
  readonly isPrivate: boolean;
}

/** A converted model that stays where it is until it is disposed. */
export interface ConversionLease extends AsyncDisposable {
  /** Absolute path. */
  readonly directory: string;
  /** Whether it was there already. */
  readonly reused: boolean;
}

/** Writes a converted model into an existing empty directory. */
export type Convert = (output: string) => Promise<void>;

/**
 * Converted models on disk, by key. An entry becomes visible by a rename, when it is whole and sealed; one that is no
 * longer whole is made again. Processes may share the directory.
 */
export class ConversionCache {
  readonly #options: ConversionCacheOptions;
  /** Open leases by key. */
  readonly #leases = new Map<string, number>();

  constructor(options: ConversionCacheOptions) {
    this.#options = options;
  }

  /**
   * The converted model of this key, made by `convert` when it is not there. Rejects with what `convert` rejects with,
   * and with a StatusError that names the directory and its setting when the disk does not take it (RESOURCE_EXHAUSTED
   * when it is full, FAILED_PRECONDITION when it is read-only); nothing is left behind then.
   */
  async open(key: string, convert: Convert): Promise<ConversionLease> {
    const directory = join(this.#options.directory, key);
    this.#leases.set(key, (this.#leases.get(key) ?? 0) + 1);
    try {
      const reused = await isWholeConversion(directory);
      if (reused) {
        await markUsed(directory);
      } else {
        await this.#make(directory, convert);
        await this.#evict();
      }
      return { directory, reused, [Symbol.asyncDispose]: () => this.#release(key) };
    } catch (reason) {
      await this.#release(key);
      throw reason;
    }
  }

  async #release(key: string): Promise<void> {
    const left = (this.#leases.get(key) ?? 0) - 1;
    if (left > 0) {
      this.#leases.set(key, left);
      return;
    }
    this.#leases.delete(key);
    await this.#evict();
  }

  async #make(directory: string, convert: Convert): Promise<void> {
    const root = this.#options.directory;
    const staging = stagingPath(root);
    try {
      await this.#onDisk(async () => {
        await openPrivateDirectory(root, { isPrivate: this.#options.isPrivate });
        await sweepStaging(root);
        await mkdir(staging);
        await convert(staging);
        await sealConversion(staging);
        await moveIntoPlace(staging, directory);
      });
    } finally {
      await discardStaging(staging);
    }
  }

  /** Names the setting in errors about the cache's own files. */
  async #onDisk(write: () => Promise<void>): Promise<void> {
    const { directory } = this.#options;
    try {
      await write();
    } catch (reason) {
      const error = diskError(reason, directory);
      throw error.details['path']?.startsWith(directory) ? aboutTheCache(error, directory) : error;
    }
  }

  /** Deletes what has not been loaded for longest. A cache that cannot be tidied is no reason to fail. */
  async #evict(): Promise<void> {
    const root = this.#options.directory;
    const entries = await Promise.all(
      (await keysIn(root)).map(async (key) => {
        const directory = join(root, key);
        return { key, directory, bytes: await conversionBytes(directory), usedMs: await lastUseMs(directory) };
      }),
    );
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { key, directory, bytes } of entries.toSorted((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.#options.maxBytes) {
        return;
      }
      if (!this.#leases.has(key)) {
        await removeEntry(directory).catch(() => undefined);
        total -= bytes;
      }
    }
  }
}

function aboutTheCache(error: StatusError, directory: string): StatusError {
  const message = `${error.message}; converted models are kept in conversion_cache_dir, "${directory}"`;
  return new StatusError(error.code, message, { details: error.details, cause: error });
}

/** Another process may have put a whole one there meanwhile, then that is kept; what is not whole makes way. */
async function moveIntoPlace(staging: string, directory: string): Promise<void> {
  for (;;) {
    try {
      await rename(staging, directory);
      return;
    } catch (reason) {
      if (!isSystemError(reason, 'EEXIST', 'ENOTEMPTY', 'ENOTDIR')) {
        throw reason;
      }
    }
    if (await isWholeConversion(directory)) {
      return;
    }
    await removeEntry(directory);
  }
}

/** At once for everyone else, by a rename: nobody sees half an entry. Rejects with system errors. */
async function removeEntry(directory: string): Promise<void> {
  const aside = stagingPath(dirname(directory));
  try {
    await rename(directory, aside);
  } catch (reason) {
    if (!isSystemError(reason, 'ENOENT')) {
      throw reason;
    }
  }
  await discardStaging(aside);
}

async function keysIn(root: string): Promise<readonly string[]> {
  const names = await readdir(root).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name));
}

async function lastUseMs(directory: string): Promise<number> {
  return await stat(join(directory, SEAL_NAME)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** On a disk that only reads, entries are as old as they are. */
async function markUsed(directory: string): Promise<void> {
  const now = new Date();
  await utimes(join(directory, SEAL_NAME), now, now).catch(() => undefined);
}
