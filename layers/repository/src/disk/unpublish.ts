import { rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { diskError, notFound, version } from '@tensorfleet/core';
import { checkModelName } from '../format/model-name.ts';
import { discardStaging, stagingPath, syncDirectory } from './staging.ts';
import { versionEntries } from './version-directories.ts';

export interface UnpublishOptions {
  /** The directory that holds one directory per model. */
  readonly root: string;
  readonly model: string;
  readonly version: number;
}

/**
 * Takes a version out of a repository, for example to go back to the one before. It disappears at once; then its files
 * are deleted, and what cannot be deleted is left hidden. Rejects with NOT_FOUND when the model has no such version.
 */
export async function unpublishVersion(options: UnpublishOptions): Promise<void> {
  const { model } = options;
  checkModelName(model);
  const number = version(options.version);
  const directory = join(resolve(options.root), model);
  try {
    const names = (await versionEntries(directory)).get(number);
    if (names === undefined) {
      throw notFound(`model "${model}" has no version ${number} in "${directory}"`, { model, version: String(number) });
    }
    for (const name of names) {
      const hidden = stagingPath(directory);
      await rename(join(directory, name), hidden);
      await syncDirectory(directory);
      await discardStaging(hidden);
    }
  } catch (reason) {
    throw diskError(reason, directory);
  }
}
