import { failedPrecondition, parseVersion, type Version } from '@tensorfleet/core';
import { CLAIM_NAME } from '../format/claim.ts';
import { isModelName } from '../format/model-name.ts';
import { MAX_INDEX_BYTES, parseIndex } from '../format/read-index.ts';
import { INDEX_NAME, type IndexedModel, type RepositoryIndex } from '../format/repository-index.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** Every number of a model that anybody has used or begun to use. */
export interface KnownNumbers {
  /** The model as the index has it. */
  readonly indexed: IndexedModel | undefined;
  /** The names of the directories (`7`, `007`) by number. */
  readonly directories: ReadonlyMap<Version, readonly string[]>;
}

/** Rejects with what the store says, and like `readIndex`. */
export async function knownNumbers(store: ObjectStore, model: string, signal?: AbortSignal): Promise<KnownNumbers> {
  const index = await readIndex(store, signal);
  if (index === undefined) {
    await refusePlainUploads(store, signal);
  }
  const directories = new Map<Version, string[]>();
  for await (const { prefixes } of store.list(`${model}/`, { delimiter: '/', ...(signal && { signal }) })) {
    for (const prefix of prefixes) {
      const name = prefix.slice(model.length + 1, -1);
      const number = parseVersion(name);
      if (number !== undefined) {
        directories.set(number, [...(directories.get(number) ?? []), name]);
      }
    }
  }
  return { indexed: index?.models.get(model), directories };
}

export function highestOf({ indexed, directories }: KnownNumbers): number {
  const numbers = [...(indexed?.versions.keys() ?? []), ...(indexed?.retired ?? []), ...directories.keys()];
  return numbers.reduce((highest, number) => Math.max(highest, number), 0);
}

/** The index as it is; undefined when there is none. Throws like `parseIndex`, and what the store says. */
export async function readIndex(store: ObjectStore, signal?: AbortSignal): Promise<RepositoryIndex | undefined> {
  const fetched = await store.get(INDEX_NAME, { maxBytes: MAX_INDEX_BYTES, ...(signal && { signal }) });
  if (fetched.kind !== 'found') {
    return undefined;
  }
  return parseIndex(new TextDecoder().decode(fetched.data), `${store.url}/${INDEX_NAME}`).index;
}

/** For whoever is about to write an index where there may be none. Throws FAILED_PRECONDITION when it would hide something. */
export async function refuseHidingIndex(store: ObjectStore, signal?: AbortSignal): Promise<void> {
  if ((await store.head(INDEX_NAME, signal)) === undefined) {
    await refusePlainUploads(store, signal);
  }
}

/** Once there is an index, servers see what it names and nothing else: it must not begin without what they see now. */
async function refusePlainUploads(store: ObjectStore, signal: AbortSignal | undefined): Promise<void> {
  const claimed = new Set<string>();
  const seen = new Set<string>();
  for await (const { objects } of store.list('', signal ? { signal } : {})) {
    for (const { key } of objects) {
      const [model = '', name = '', ...path] = key.split('/');
      if (isModelName(model) && parseVersion(name) !== undefined && path.length > 0) {
        (path.join() === CLAIM_NAME ? claimed : seen).add(`${model}/${name}`);
      }
    }
  }
  const [plain] = [...seen].filter((directory) => !claimed.has(directory));
  if (plain !== undefined) {
    const reason = `"${store.url}" holds uploaded versions, like ${plain}, and no ${INDEX_NAME} that names them`;
    throw failedPrecondition(
      `${reason}: make one by "tensorfleet reindex ${store.url}" first, servers would lose them`,
    );
  }
}
