import { version } from '@tensorfleet/core';
import { CLAIM_NAME, formatClaim } from '../format/claim.ts';
import { MANIFEST_NAME } from '../format/manifest.ts';
import { checkModelName } from '../format/model-name.ts';
import type { ObjectFacts, ObjectStore } from '../store/object-store.ts';
import { inParallel } from './in-parallel.ts';
import { knownNumbers } from './known-numbers.ts';
import { updateIndex } from './update-index.ts';
import { retire } from './version-edits.ts';
import { objectsAt, type VersionPlace, versionPlace } from './version-place.ts';

export interface RetireFromStoreOptions {
  readonly store: ObjectStore;
  readonly model: string;
  /** Also one that the index does not name: the remains of a publisher that was killed, a rejected upload. */
  readonly version: number;
  /** Deletes what is stored, too, but for a hidden file that keeps the number. Default: false. */
  readonly deleteFiles?: boolean;
  /** Why, for the history. Default: nothing. */
  readonly reason?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface RetiredVersion {
  /** False when it had been retired before. */
  readonly changed: boolean;
  readonly deletedFiles: number;
  readonly deletedBytes: number;
}

/**
 * Takes a version out of a repository for good: its number is not given again. The index forgets it before the first file
 * is deleted; servers that have it loaded or are still downloading it hear of it by the index. Killed at any point, the
 * same call goes on. Nothing that is left in between is taken for a plain upload: the number is retired, and for whoever
 * does not read the index, a claim without a manifest says that the version is unfinished.
 *
 * Rejects like `retire`: FAILED_PRECONDITION while a label, the shadow or a running rollout names the version, NOT_FOUND
 * when nothing has this number. And like `knownNumbers`.
 */
export async function retireFromStore(options: RetireFromStoreOptions): Promise<RetiredVersion> {
  const { store, model, deleteFiles = false, reason, signal, now } = options;
  checkModelName(model);
  const number = version(options.version);
  const at = Math.floor(now());
  const { directories } = await knownNumbers(store, model, signal);
  const names = directories.get(number) ?? [];
  const edit = { model, version: number, at, unlisted: names.length > 0, ...(reason !== undefined && { reason }) };
  const { changed } = await updateIndex(store, (index) => retire(index, edit), signal && { signal });
  let deletedFiles = 0;
  let deletedBytes = 0;
  for (const name of deleteFiles ? names : []) {
    for (const { bytes } of await deleteVersion(store, versionPlace(store, model, name), at, signal)) {
      deletedFiles += 1;
      deletedBytes += bytes;
    }
  }
  return { changed, deletedFiles, deletedBytes };
}

const PARALLEL_DELETES = 8;

/**
 * The claim stays, a hundred bytes: what a publisher that has not heard of it goes on uploading is hidden too, and the
 * number stays used when the index is lost.
 */
async function deleteVersion(
  store: ObjectStore,
  { prefix }: VersionPlace,
  at: number,
  signal: AbortSignal | undefined,
): Promise<readonly ObjectFacts[]> {
  // Its manifest is none: no publisher takes it over, and one that had claimed the version sees that it is not its own.
  const claim = new TextEncoder().encode(formatClaim({ manifest: '', startedAt: at, state: 'kept' }));
  await store.put(prefix + CLAIM_NAME, claim, undefined, signal);
  await store.delete(prefix + MANIFEST_NAME, signal);
  const objects = await objectsAt(store, { prefix }, signal);
  objects.delete(CLAIM_NAME);
  const deleteOne = async ({ key }: ObjectFacts, signal: AbortSignal): Promise<void> => await store.delete(key, signal);
  await inParallel([...objects.values()], PARALLEL_DELETES, deleteOne, signal);
  return [...objects.values()];
}
