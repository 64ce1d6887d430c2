import { type BigIntStats, lstatSync, renameSync, rmdirSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Code, diskError, isSystemError, StatusError } from '@tensorfleet/core';
import { discardStaging, stagingPath, sweepStaging, syncDirectory } from '../disk/staging.ts';
import { etagOf } from './directory-list.ts';
import { DirectoryLock } from './directory-lock.ts';
import { type DirectoryPaths, LOCK_NAME } from './directory-paths.ts';
import type { WriteCondition } from './object-store.ts';

/** A deleter may take an empty directory away before the first file is in it. */
const MAX_TRIES = 5;

export interface DirectoryWrite {
  readonly key: string;
  /** Writes the object into a new file of this path, durably. */
  readonly fill: (staging: string) => Promise<void>;
  readonly condition?: WriteCondition | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Changes objects of a directory, each change under the lock of the root. */
export class DirectoryWriter {
  readonly #paths: DirectoryPaths;
  readonly #lock: DirectoryLock;

  constructor(paths: DirectoryPaths, random: () => number) {
    this.#paths = paths;
    this.#lock = new DirectoryLock(join(paths.root, LOCK_NAME), random);
  }

  /** Resolves with the etag. Rejects with ABORTED when the condition does not hold. */
  async write({ key, fill, condition, signal }: DirectoryWrite): Promise<string> {
    for (let tries = 1; ; tries++) {
      let staging: string | undefined;
      try {
        const path = await this.#paths.prepare(key);
        const directory = dirname(path);
        await sweepStaging(directory);
        staging = stagingPath(directory);
        await fill(staging);
        const [from, to] = [staging, path];
        const etag = await this.#lock.hold(() => replace(from, to, condition), signal);
        // It is there: that it might not outlive a power cut is no reason to say that it failed.
        await syncDirectory(directory).catch(() => undefined);
        return etag;
      } catch (reason) {
        await (staging && discardStaging(staging));
        if (tries === MAX_TRIES || !isSystemError(reason, 'ENOENT')) {
          throw diskError(reason, join(this.#paths.root, key));
        }
      }
    }
  }

  /** Directories that are empty then go too: stores of objects have none. */
  async delete(key: string, signal: AbortSignal | undefined): Promise<void> {
    const root = await this.#paths.realRoot();
    // A link is deleted, not what it leads to.
    const directory = await this.#paths.find(dirname(key));
    if (directory === undefined) {
      return;
    }
    const path = join(directory, key.slice(key.lastIndexOf('/') + 1));
    try {
      await this.#lock.hold(() => remove(path, root), signal);
    } catch (reason) {
      throw diskError(reason, path);
    }
  }
}

/** Synchronous, as all that is done under the lock. */
function replace(staging: string, path: string, condition: WriteCondition | undefined): string {
  const old = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const expected = condition !== undefined && 'ifEtag' in condition ? condition.ifEtag : undefined;
  if (condition !== undefined && expected !== (old && etagOf(old))) {
    throw new StatusError(Code.Aborted, `"${path}" was changed by somebody else`, { details: { path } });
  }
  const etag = etagOf(laterThan(old, staging));
  renameSync(staging, path);
  return etag;
}

/**
 * Makes the new file's time later than the old one's, where the clock does not: of three writes in one tick the third
 * may get the inode of the first.
 */
function laterThan(old: BigIntStats | undefined, staging: string): BigIntStats {
  const stats = lstatSync(staging, { bigint: true });
  if (old === undefined || stats.mtimeNs > old.mtimeNs) {
    return stats;
  }
  // Two milliseconds: times are set as seconds in floating point, which may come out as a little less.
  const time = new Date(Number(old.mtimeNs / 1_000_000n) + 2);
  utimesSync(staging, time, time);
  return lstatSync(staging, { bigint: true });
}

function remove(path: string, root: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    // No object has this key: what lies below it are others.
    return;
  }
  rmSync(path, { force: true });
  try {
    for (let directory = dirname(path); directory !== root; directory = dirname(directory)) {
      rmdirSync(directory);
    }
  } catch (reason) {
    if (!isSystemError(reason, 'ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY', 'EACCES', 'EPERM')) {
      throw reason;
    }
  }
}
