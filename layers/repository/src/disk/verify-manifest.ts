import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss, diskError } from '@tensorfleet/core';
import type { Manifest } from '../format/manifest.ts';
import { DigestMemory } from './digest.ts';
import { statInside } from './version-files.ts';

export interface VerifyOptions {
  /** The real path that links must stay in; default: the version's directory. */
  readonly tree?: string;
  /** Where digests of earlier calls are remembered; default: nowhere. */
  readonly digests?: DigestMemory;
}

/**
 * Resolves when every file that the manifest lists is there with its size and digest; files that it does not
 * list are not looked at. Rejects with DATA_LOSS for the first file that differs, NOT_FOUND for one that is missing.
 * All sizes are compared before the first digest, so an upload that is still running costs no hashing.
 */
export async function verifyManifest(
  directory: string,
  manifest: Manifest,
  options: VerifyOptions = {},
): Promise<void> {
  const files = manifest.files ?? [];
  try {
    const tree = options.tree ?? (await realpath(directory));
    const digests = options.digests ?? new DigestMemory();
    const checked = [];
    for (const file of files) {
      const stats = await statInside(directory, file.path, tree);
      if (!stats.isFile() || stats.size !== file.bytes) {
        const is = stats.isFile() ? `has ${stats.size} bytes` : 'is a directory';
        throw dataLoss(`"${join(directory, file.path)}" ${is}, the manifest lists ${file.bytes} bytes`);
      }
      checked.push({ file, stats });
    }
    for (const { file, stats } of checked) {
      const path = join(directory, file.path);
      if (!(await digests.matches(path, stats, file.sha256))) {
        throw dataLoss(`"${path}" does not have the SHA-256 digest ${file.sha256} that the manifest lists`);
      }
    }
  } catch (reason) {
    throw diskError(reason, directory);
  }
}
