import { Code, invalidArgument, StatusError, unavailable } from '@tensorfleet/core';
import { formatIndex, MAX_INDEX_BYTES, parseIndex } from '../format/read-index.ts';
import { EMPTY_INDEX, INDEX_NAME, type RepositoryIndex } from '../format/repository-index.ts';
import type { ObjectStore, WriteCondition } from '../store/object-store.ts';

export interface UpdateIndexOptions {
  readonly signal?: AbortSignal;
}

export interface UpdatedIndex {
  readonly index: RepositoryIndex;
  /** False when the change was none: nothing was written. */
  readonly changed: boolean;
}

/** Writers that are always overtaken give up after so many tries. */
const MAX_TRIES = 50;

/**
 * Changes the index of a repository, or creates it. `change` is a pure function of the index that is there, called again
 * when another writer was faster; it returns the same object for no change and throws to refuse. No other writer's
 * change is ever lost.
 *
 * Rejects with what `change` throws, INVALID_ARGUMENT for an index that cannot be read wholly (writing it would lose
 * what is wrong in it), UNAVAILABLE when other writers were always faster, and what the store says.
 */
export async function updateIndex(
  store: ObjectStore,
  change: (index: RepositoryIndex) => RepositoryIndex,
  { signal }: UpdateIndexOptions = {},
): Promise<UpdatedIndex> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { index, condition } = await readForUpdate(store, signal);
    const next = change(index);
    if (next === index) {
      return { index, changed: false };
    }
    const text = new TextEncoder().encode(formatIndex(next));
    try {
      await store.put(INDEX_NAME, text, condition, signal);
      return { index: next, changed: true };
    } catch (reason) {
      if (StatusError.from(reason).code !== Code.Aborted) {
        throw reason;
      }
    }
  }
  throw unavailable(`"${store.url}/${INDEX_NAME}" was changed by others ${MAX_TRIES} times in a row`);
}

async function readForUpdate(
  store: ObjectStore,
  signal: AbortSignal | undefined,
): Promise<{ readonly index: RepositoryIndex; readonly condition: WriteCondition }> {
  const place = `${store.url}/${INDEX_NAME}`;
  const fetched = await store.get(INDEX_NAME, { maxBytes: MAX_INDEX_BYTES, ...(signal && { signal }) });
  if (fetched.kind !== 'found') {
    return { index: EMPTY_INDEX, condition: { ifAbsent: true } };
  }
  const { index, problems } = parseIndex(new TextDecoder().decode(fetched.data), place);
  const [problem] = problems;
  if (problem !== undefined) {
    throw invalidArgument(`"${place}" is not changed while its model "${problem[0]}" is wrong: ${problem[1]}`);
  }
  return { index, condition: { ifEtag: fetched.etag } };
}
