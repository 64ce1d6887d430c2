import { formatModelFiles, modelFilesAmong } from '../../format/model-files.ts';
import { isVersionPath } from '../../format/version-path.ts';
import { externalDataOfOnnx } from './onnx.ts';
import { INDEX_HEAD_BYTES, readSavedModelNeeds, shardsInIndex } from './saved-model.ts';
import { weightFilesOfTfjs } from './tfjs.ts';

/** A file whose beginning must be read before one can say more. */
export interface NeededContent {
  readonly path: string;
  /** So many bytes from its beginning. */
  readonly bytes: number;
}

export type Completeness =
  | { readonly kind: 'complete' }
  | { readonly kind: 'need'; readonly contents: readonly NeededContent[] }
  /** More uploads may mend it. */
  | { readonly kind: 'incomplete'; readonly reason: string }
  /** No further file mends it. */
  | { readonly kind: 'wrong'; readonly reason: string };

export interface ModelContents {
  /** Sizes by path, relative to the version. */
  readonly files: ReadonlyMap<string, number>;
  /** What was read of them: the whole, or as much as was needed. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/** Larger model files are not read to learn what they need; whoever loads them finds out. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/** One model in two forms, between which a server's `--prefer_tflite_model` decides. */
const CHOICE = ['model.tflite', 'saved_model.pb'].join();

const SHARD = /^variables\/variables\.data-([0-9]{5})-of-([0-9]{5})$/;
const INDEX = 'variables/variables.index';

/**
 * Whether these files are all of one model, as far as its files tell without loading it: sizes and names first, then, once
 * they were read, the files that name others. Pure.
 */
export function modelCompleteness({ files, contents }: ModelContents): Completeness {
  const models = modelFilesAmong(files.keys());
  if (models.length === 0) {
    return incomplete(`it holds no model yet (${formatModelFiles()})`);
  }
  if (models.length > 1 && models.toSorted().join() !== CHOICE) {
    return { kind: 'wrong', reason: `it holds several models, ${models.join(' and ')}, a version is one` };
  }
  const empty = models.find((path) => files.get(path) === 0);
  if (empty !== undefined) {
    return incomplete(`${empty} is empty`);
  }
  const missing = missingOfCheckpoint(files, undefined);
  if (missing !== undefined) {
    return incomplete(`${missing} is missing`);
  }
  const needed = [...models, ...(files.has(INDEX) ? [INDEX] : [])].flatMap((path) => contentOf(path, files));
  const unread = needed.filter(({ path }) => !contents.has(path));
  return unread.length > 0 ? { kind: 'need', contents: unread } : namedFiles({ files, contents });
}

function incomplete(reason: string): Completeness {
  return { kind: 'incomplete', reason };
}

function contentOf(path: string, files: ReadonlyMap<string, number>): readonly NeededContent[] {
  const bytes = files.get(path) ?? 0;
  if (path === INDEX) {
    return [{ path, bytes: Math.min(bytes, INDEX_HEAD_BYTES) }];
  }
  return READERS.has(path) && bytes <= MAX_READ_BYTES ? [{ path, bytes }] : [];
}

/** The paths that a model file names, by its name. */
const READERS: ReadonlyMap<string, (bytes: Uint8Array) => Iterable<string>> = new Map<
  string,
  (bytes: Uint8Array) => Iterable<string>
>([
  ['model.onnx', externalDataOfOnnx],
  ['model.json', weightFilesOfTfjs],
  ['saved_model.pb', filesOfSavedModel],
]);

function filesOfSavedModel(bytes: Uint8Array): readonly string[] {
  const { checkpoint, assets } = readSavedModelNeeds(bytes);
  return [...(checkpoint ? [INDEX] : []), ...assets.map((name) => `assets/${name}`)];
}

function namedFiles({ files, contents }: ModelContents): Completeness {
  for (const [path, read] of READERS) {
    const bytes = contents.get(path);
    if (bytes === undefined || !files.has(path)) {
      continue;
    }
    let named: readonly string[];
    try {
      named = [...read(bytes)];
    } catch (reason) {
      return { kind: 'wrong', reason: `${path} cannot be read: ${reason instanceof Error ? reason.message : ''}` };
    }
    const outside = named.find((each) => !isVersionPath(each));
    if (outside !== undefined) {
      const shown = JSON.stringify(outside.slice(0, 80));
      return { kind: 'wrong', reason: `${path} names ${shown}, which is no file of its version` };
    }
    const absent = named.find((each) => !files.has(each));
    if (absent !== undefined) {
      return incomplete(`${absent}, which ${path} names, is missing`);
    }
  }
  const head = contents.get(INDEX);
  const missing = head && missingOfCheckpoint(files, shardsInIndex(head));
  return missing === undefined ? { kind: 'complete' } : incomplete(`${missing} is missing`);
}

/**
 * The first file of the checkpoint in `variables/` that is not there; undefined when all are, or none is. `shards` is what
 * the index says; without it every count that a data file's name tells must be met.
 */
function missingOfCheckpoint(files: ReadonlyMap<string, number>, shards: number | undefined): string | undefined {
  const names = [...files.keys()].filter((path) => path.startsWith('variables/'));
  if (names.length === 0) {
    return undefined;
  }
  if ((files.get(INDEX) ?? 0) === 0) {
    return INDEX;
  }
  const told = names.flatMap((path) => SHARD.exec(path)?.[2] ?? []).map(Number);
  const counts = shards === undefined ? new Set(told.length === 0 ? [1] : told) : [shards];
  for (const count of counts) {
    for (let shard = 0; shard < count && shard <= told.length; shard++) {
      const path = `variables/variables.data-${digits(shard)}-of-${digits(count)}`;
      if (!files.has(path)) {
        return path;
      }
    }
  }
  return undefined;
}

function digits(number: number): string {
  return String(number).padStart(5, '0');
}
