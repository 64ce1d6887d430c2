import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { diskError, failedPrecondition } from '@tensorfleet/core';
import { MAX_FILES } from '../format/manifest.ts';
import { MAX_DEPTH } from '../format/version-path.ts';

/** One regular file of a version; `path` is relative to the version's directory, with forward slashes. */
export interface VersionFile {
  readonly path: string;
  readonly bytes: number;
  /** Changes when the file is written or replaced. */
  readonly stamp: string;
}

export function stampOf(stats: Stats): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
}

/**
 * All files of a version, sorted by path; names that begin with a dot are left out.
 * Symbolic links are followed inside `tree` (a real path), and refused without one.
 * Throws StatusError: FAILED_PRECONDITION for links out of the tree, pipes, devices and more than the limits.
 */
export async function listVersionFiles(directory: string, tree?: string): Promise<readonly VersionFile[]> {
  const files: VersionFile[] = [];
  const folders = [{ path: '', depth: 0 }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await namesIn(join(directory, folder.path))) {
      const path = folder.path === '' ? name : `${folder.path}/${name}`;
      const stats = await statInside(directory, path, tree);
      if (stats.isDirectory()) {
        folders.push({ path, depth: folder.depth + 1 });
      } else {
        files.push({ path, bytes: stats.size, stamp: stampOf(stats) });
      }
      if (folder.depth === MAX_DEPTH) {
        throw failedPrecondition(`"${directory}" is nested deeper than ${MAX_DEPTH} directories`);
      }
      if (files.length + folders.length > MAX_FILES) {
        throw failedPrecondition(`"${directory}" holds more than ${MAX_FILES} files`);
      }
    }
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.'));
  } catch (reason) {
    throw diskError(reason, folder);
  }
}

/** The regular file or directory at `directory/path`, with the rules of `listVersionFiles`. */
export async function statInside(directory: string, path: string, tree?: string): Promise<Stats> {
  const place = join(directory, path);
  const stats = await statWithout(place, tree).catch((reason: unknown) => {
    throw diskError(reason, place);
  });
  if (!stats.isFile() && !stats.isDirectory()) {
    throw failedPrecondition(`"${place}" is neither a file nor a directory`, { path: place });
  }
  return stats;
}

async function statWithout(place: string, tree: string | undefined): Promise<Stats> {
  if (tree === undefined) {
    const stats = await lstat(place);
    if (stats.isSymbolicLink()) {
      throw failedPrecondition(`"${place}" is a symbolic link`, { path: place });
    }
    return stats;
  }
  const real = await realpath(place);
  if (!isInside(tree, real)) {
    throw failedPrecondition(`"${place}" is a symbolic link that leads out of "${tree}"`, { path: place });
  }
  return await stat(real);
}

/** Whether the real path `path` is `tree` or below it. */
export function isInside(tree: string, path: string): boolean {
  return path === tree || path.startsWith(tree.endsWith(sep) ? tree : tree + sep);
}
