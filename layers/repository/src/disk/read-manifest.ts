import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, diskError, resourceExhausted } from '@tensorfleet/core';
import { MANIFEST_NAME, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from '../format/manifest.ts';
import { statInside } from './version-files.ts';

/**
 * The manifest of a version's directory, undefined when it has none. A symbolic link is followed inside `tree`
 * (a real path) and refused without one. Throws like `parseManifest`, RESOURCE_EXHAUSTED beyond 16 MiB,
 * and what the disk says.
 */
export async function readManifest(directory: string, tree?: string): Promise<Manifest | undefined> {
  const place = join(directory, MANIFEST_NAME);
  try {
    const stats = await statInside(directory, MANIFEST_NAME, tree);
    if (stats.size > MAX_MANIFEST_BYTES) {
      throw resourceExhausted(`"${place}" has ${stats.size} bytes, at most ${MAX_MANIFEST_BYTES} are read`);
    }
    return parseManifest(await readFile(place, 'utf8'), place);
  } catch (reason) {
    const error = diskError(reason, place);
    if (error.code === Code.NotFound) {
      return undefined;
    }
    throw error;
  }
}
