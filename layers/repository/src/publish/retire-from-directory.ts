import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Code, diskError, isSystemError, StatusError, type Version, version } from '@tensorfleet/core';
import { syncDirectory } from '../disk/staging.ts';
import { unpublishVersion } from '../disk/unpublish.ts';
import { versionEntries } from '../disk/version-directories.ts';
import { checkModelName } from '../format/model-name.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { updateIndex } from './update-index.ts';
import { retire } from './version-edits.ts';

export interface RetireFromDirectoryOptions {
  /** The directory that holds one directory per model. */
  readonly root: string;
  /** The same as a store: where its index is. */
  readonly store: ObjectStore;
  readonly model: string;
  readonly version: number;
  /** Default: the files are kept under a hidden name, `.retired-7`. */
  readonly deleteFiles?: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Takes a version out of a local repository for good: its number is not given again. Its directory disappears at once.
 * Called again it goes on where it was killed. Resolves with whether the version was there, or in the index.
 * Rejects like `retire`, and with what the disk says.
 */
export async function retireFromDirectory(options: RetireFromDirectoryOptions): Promise<{ readonly changed: boolean }> {
  const { root, store, model, deleteFiles = false, now } = options;
  checkModelName(model);
  const number = version(options.version);
  const directory = join(resolve(root), model);
  const names = await namesOf(directory, number);
  const edit = { model, version: number, at: Math.floor(now()), unlisted: names.length > 0 };
  const { changed } = await updateIndex(store, (index) => retire(index, edit));
  const hidden = join(directory, `.retired-${number}`);
  try {
    if (deleteFiles) {
      await rm(hidden, { recursive: true, force: true });
    }
    if (names.length > 0 && deleteFiles) {
      await unpublishVersion({ root, model, version: number });
    } else if (names.length > 0) {
      await hide(directory, names, hidden);
    }
  } catch (reason) {
    throw diskError(reason, directory);
  }
  return { changed: changed || names.length > 0 };
}

async function namesOf(directory: string, number: Version): Promise<readonly string[]> {
  try {
    return (await versionEntries(directory)).get(number) ?? [];
  } catch (reason) {
    const error = diskError(reason, directory);
    if (error.code === Code.NotFound) {
      return [];
    }
    throw error;
  }
}

async function hide(directory: string, names: readonly string[], hidden: string): Promise<void> {
  for (const [i, name] of names.entries()) {
    try {
      await rename(join(directory, name), i === 0 ? hidden : `${hidden}-${name}`);
    } catch (reason) {
      if (isSystemError(reason, 'ENOTEMPTY', 'EEXIST')) {
        throw new StatusError(Code.AlreadyExists, `"${hidden}" is there already`, { cause: reason });
      }
      throw reason;
    }
  }
  await syncDirectory(directory);
}
