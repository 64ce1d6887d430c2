import { createHash } from 'node:crypto';
import { StatusError } from '@tensorfleet/core';
import { type PublishedVersion, type PublishOptions, publishVersion } from '../disk/publish.ts';
import { formatManifest } from '../format/manifest.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { readIndex } from './known-numbers.ts';
import { checkLabel } from './label-target.ts';
import { nameVersion } from './name-version.ts';
import { updateIndex } from './update-index.ts';

export interface PublishToDirectoryOptions extends Omit<PublishOptions, 'retired'> {
  /** The directory `root` as a store: where its index is. */
  readonly store: ObjectStore;
  /** Labels that the version gets; a directory without an index gets one for them. Default: none. */
  readonly labels?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * `publishVersion` for a directory that may have an index: numbers that are retired there are not given again, and the
 * index names the new version. Directories say themselves which versions there are, so one without an index gets none
 * unless labels are wanted.
 *
 * Rejects like `publishVersion`; and, when the version is visible but the index cannot be changed, with what `updateIndex`
 * says.
 */
export async function publishToDirectory(options: PublishToDirectoryOptions): Promise<PublishedVersion> {
  const { store, model, labels = [], now, signal } = options;
  for (const label of labels) {
    checkLabel(label);
  }
  const index = await readIndex(store, signal);
  const published = await publishVersion({ ...options, retired: index?.models.get(model)?.retired ?? [] });
  if (index !== undefined || labels.length > 0) {
    const { version, bytes, manifest, directory } = published;
    const digest = createHash('sha256').update(formatManifest(manifest)).digest('hex');
    const named = { model, version, bytes, manifest: digest, labels, at: Math.floor(now()) };
    try {
      await updateIndex(store, (current) => nameVersion(current, named));
    } catch (reason) {
      const { code, message, details } = StatusError.from(reason);
      const done = `version ${version} is published to "${directory}", but the index does not say so: ${message}`;
      throw new StatusError(code, done, { details, cause: reason });
    }
  }
  return published;
}
