import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, failedPrecondition, isSystemError } from '@tensorfleet/core';
import { isInside } from '../disk/version-files.ts';
import { isHidden } from './directory-paths.ts';
import type { ObjectFacts } from './object-store.ts';

/** Deeper nesting is no repository; a link to a directory above itself ends here too. */
const MAX_DEPTH = 32;

/** Changes with every write: a write by rename is another inode, and later than the one before. */
export function etagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `"${ino.toString(36)}-${size.toString(36)}-${mtimeNs.toString(36)}"`;
}

/**
 * What lies below a directory, in the order of keys as bytes: objects, and, when `isShallow`, directories as prefixes.
 * Pipes, devices and links that lead out of `root` are listed as objects, which cannot be read: hiding them would make
 * a version with one of them look whole.
 */
export async function* walkDirectory(
  root: string,
  prefix: string,
  isShallow: boolean,
  depth = 0,
): AsyncGenerator<ObjectFacts | string> {
  if (depth > MAX_DEPTH) {
    throw failedPrecondition(`"${join(root, prefix)}" is nested deeper than ${MAX_DEPTH} directories`);
  }
  for (const { name, isDirectory } of await entriesOf(root, prefix)) {
    const key = `${prefix}${name}`;
    if (!isDirectory) {
      const facts = await factsOf(root, key);
      if (facts !== undefined) {
        yield facts;
      }
    } else if (isShallow) {
      yield `${key}/`;
    } else {
      yield* walkDirectory(root, `${key}/`, isShallow, depth + 1);
    }
  }
}

interface Entry {
  readonly name: string;
  readonly isDirectory: boolean;
}

async function entriesOf(root: string, prefix: string): Promise<readonly Entry[]> {
  const directory = join(root, prefix);
  let found: readonly Dirent[];
  try {
    const real = await realpath(directory);
    found = isInside(root, real) ? await readdir(real, { withFileTypes: true }) : [];
  } catch (reason) {
    if (isSystemError(reason, 'ENOENT', 'ENOTDIR')) {
      return [];
    }
    throw diskError(reason, directory);
  }
  const entries = found
    .filter(({ name }) => !isHidden(name))
    .map(async (entry) => ({
      name: entry.name,
      isDirectory:
        entry.isDirectory() || (entry.isSymbolicLink() && (await isDirectoryInside(root, join(directory, entry.name)))),
    }));
  // A directory's keys go on with a slash, which comes behind some characters that names have.
  const byteOrder = (entry: Entry): Buffer => Buffer.from(entry.isDirectory ? `${entry.name}/` : entry.name);
  return (await Promise.all(entries)).toSorted((a, b) => Buffer.compare(byteOrder(a), byteOrder(b)));
}

async function isDirectoryInside(root: string, link: string): Promise<boolean> {
  try {
    const real = await realpath(link);
    return isInside(root, real) && (await stat(real)).isDirectory();
  } catch {
    // It leads nowhere, or in a circle: an object that cannot be read.
    return false;
  }
}

/** Of a file, also behind a link; of a link itself when it leads out of the root. Undefined when it is gone. */
async function factsOf(root: string, key: string): Promise<ObjectFacts | undefined> {
  const path = join(root, key);
  try {
    const real = await realpath(path).catch(() => path);
    const stats = await (isInside(root, real) ? lstat(real, { bigint: true }) : lstat(path, { bigint: true }));
    return { key, bytes: Number(stats.size), etag: etagOf(stats) };
  } catch (reason) {
    if (isSystemError(reason, 'ENOENT')) {
      return undefined;
    }
    throw diskError(reason, path);
  }
}
