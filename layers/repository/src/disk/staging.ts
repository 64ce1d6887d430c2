import { randomUUID } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '@tensorfleet/core';

const PREFIX = '.tensorfleet-';

/** Older ones belong to nobody: their process was killed. */
const STALE_MS = 24 * 60 * 60 * 1_000;

/** A path for a directory that no scan sees, inside the model's directory so that a rename moves it into place. */
export function stagingPath(modelDirectory: string): string {
  return join(modelDirectory, `${PREFIX}${randomUUID()}`);
}

/** Deletes a staging directory; one that cannot be deleted is left to the sweep of a later publisher. */
export async function discardStaging(staging: string): Promise<void> {
  await rm(staging, { recursive: true, force: true }).catch(() => undefined);
}

/** Deletes what killed publishers have left behind. Rejects with system errors. */
export async function sweepStaging(modelDirectory: string): Promise<void> {
  for (const name of await readdir(modelDirectory)) {
    const path = join(modelDirectory, name);
    if (name.startsWith(PREFIX) && Date.now() - (await modifiedMs(path)) > STALE_MS) {
      await discardStaging(path);
    }
  }
}

/** Another publisher may have finished or swept it meanwhile: then it is not stale. */
async function modifiedMs(path: string): Promise<number> {
  return await stat(path).then(
    (stats) => stats.mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
}

/** Makes the entries of a directory durable, where the file system can. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } catch (reason) {
    if (!isSystemError(reason, 'EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR')) {
      throw reason;
    }
  } finally {
    await handle.close();
  }
}
