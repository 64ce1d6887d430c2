import { createHash } from 'node:crypto';
import { failedPrecondition, type Version } from '@tensorfleet/core';
import {
  type AddVersion,
  addVersion,
  type HistoryEntry,
  type IndexedModel,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  type ObjectStore,
  parseManifest,
  type RepositoryIndex,
  updateIndex,
} from '@tensorfleet/repository';
import { placeOf, type RepositoryModel } from '../commands/repository-model.ts';
import { NEXT_STEP } from '../terminal/fail.ts';
import { withRepository } from './open-repository.ts';

export interface ModelChange {
  readonly place: RepositoryModel;
  /** Versions that the change names. */
  readonly versions: readonly Version[];
  /** As `updateIndex` wants it. */
  readonly edit: (index: RepositoryIndex) => RepositoryIndex;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface ChangedModel {
  readonly model: IndexedModel | undefined;
  /** The new lines of its history; none when nothing was to change. */
  readonly news: readonly HistoryEntry[];
}

/**
 * Changes what a repository says of a model. A directory says itself which versions it has: there, the index gets the ones
 * that the change names.
 */
export async function changeModel({ place, versions, edit, now, signal }: ModelChange): Promise<ChangedModel> {
  const { kind, model: name } = place;
  return await withRepository(place, async (store) => {
    const entries: AddVersion[] = [];
    for (const version of kind === 'directory' ? versions : []) {
      entries.push(...(await entryOf(store, place, version, Math.floor(now()))));
    }
    let before: readonly HistoryEntry[] = [];
    const change = (index: RepositoryIndex): RepositoryIndex => {
      before = index.models.get(name)?.history ?? [];
      return edit(entries.reduce(withEntry, index));
    };
    const { index } = await updateIndex(store, change, { signal });
    const model = index.models.get(name);
    return { model, news: model?.history.filter((entry) => !before.includes(entry)) ?? [] };
  });
}

/** What the index of a directory has said before, it keeps. */
function withEntry(index: RepositoryIndex, entry: AddVersion): RepositoryIndex {
  const model = index.models.get(entry.model);
  const isKnown = model?.versions.has(entry.version) || model?.retired.includes(entry.version);
  return isKnown ? index : addVersion(index, entry);
}

async function entryOf(
  store: ObjectStore,
  { root, model }: RepositoryModel,
  version: Version,
  at: number,
): Promise<readonly AddVersion[]> {
  const key = `${model}/${version}/${MANIFEST_NAME}`;
  const fetched = await store.get(key, { maxBytes: MAX_MANIFEST_BYTES });
  const { files } =
    fetched.kind === 'found' ? parseManifest(new TextDecoder().decode(fetched.data), `${store.url}/${key}`) : {};
  if (fetched.kind !== 'found' || files === undefined) {
    if (!(await isThere(store, `${model}/${version}/`))) {
      return [];
    }
    const place = `${placeOf({ root, model })}/${version}`;
    const step = `"tensorfleet reindex ${place}" writes one`;
    throw failedPrecondition(`"${place}" has no ${MANIFEST_NAME} that lists its files`, { [NEXT_STEP]: step });
  }
  const manifest = createHash('sha256').update(fetched.data).digest('hex');
  return [{ model, version, manifest, bytes: files.reduce((sum, file) => sum + file.bytes, 0), at }];
}

async function isThere(store: ObjectStore, prefix: string): Promise<boolean> {
  for await (const { objects, prefixes } of store.list(prefix, { delimiter: '/' })) {
    if (objects.length + prefixes.length > 0) {
      return true;
    }
  }
  return false;
}
