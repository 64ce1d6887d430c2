import { invalidArgument } from '@tensorfleet/core';
import { checkModelName, clashingPath, isVersionPath, MANIFEST_NAME } from '@tensorfleet/repository';
import type { FetchRequest } from '../version-fetcher.ts';
import { contentId, type WantedObject } from './object-facts.ts';

/** One content of a version and where in the version it lies. */
export interface WantedFile {
  readonly wanted: WantedObject;
  readonly paths: readonly string[];
}

/**
 * The contents of a version, each once. Throws INVALID_ARGUMENT for what must not be written onto a disk, whoever has
 * looked at it before: names and paths that lead out of the version's directory, and files in each other's way.
 */
export function wantedFiles({
  store,
  model,
  version,
  prefix,
  files,
  manifestText,
}: FetchRequest): readonly WantedFile[] {
  checkModelName(model);
  const what = `version ${version} of model "${model}"`;
  const all = new Map<string, { wanted: WantedObject; paths: string[] }>();
  const seen = new Set(manifestText === undefined ? [] : [MANIFEST_NAME]);
  for (const { path, ...facts } of files) {
    if (!isVersionPath(path) || seen.has(path)) {
      const problem = seen.has(path) ? 'twice' : 'which is no relative path inside it';
      throw invalidArgument(`${what} lists ${JSON.stringify(path.slice(0, 200))} ${problem}`);
    }
    seen.add(path);
    const wanted = { ...facts, store, key: `${prefix}${path}` };
    checkFacts(wanted, what);
    const id = contentId(wanted);
    const known = all.get(id);
    if (known !== undefined && known.wanted.bytes !== wanted.bytes) {
      throw invalidArgument(`${what} lists ${wanted.bytes} and ${known.wanted.bytes} bytes with the digest ${id}`);
    }
    all.set(id, known ?? { wanted, paths: [] });
    all.get(id)?.paths.push(path);
  }
  const clash = clashingPath(seen);
  if (clash !== undefined) {
    throw invalidArgument(`${what} lists ${JSON.stringify(clash)} below another file`);
  }
  return [...all.values()];
}

function checkFacts({ key, bytes, sha256, etag }: WantedObject, what: string): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw invalidArgument(`${what} lists ${bytes} bytes for "${key}"`);
  }
  if (sha256 === undefined ? etag === undefined : !/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalidArgument(`${what} lists "${key}" with neither a SHA-256 digest nor an etag`);
  }
}
