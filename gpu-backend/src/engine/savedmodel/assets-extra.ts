import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { explained, ifThere } from './file-access.ts';

/**
 * The files below `assets.extra` of a SavedModel, where people put what serves the model but is no part of its graph
 * (warm-up requests, for one): paths relative to it, with `/`, in order. None when there is no such directory.
 */
export function assetExtraFiles(directory: string): readonly string[] {
  const root = join(directory, 'assets.extra');
  const entries = ifThere(() => explained(root, () => readdirSync(root, { recursive: true, withFileTypes: true })));
  return (entries ?? [])
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort();
}
