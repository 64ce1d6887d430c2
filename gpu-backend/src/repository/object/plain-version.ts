import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, failedPrecondition } from '@tensorfleet/core';
import { modelCompleteness, type NeededContent } from '@tensorfleet/repository';

/** Sizes by path. */
type Sizes = ReadonlyMap<string, number>;

/** What is still to come of a version without a manifest, as far as the names of its files tell. */
export function sayMissing(files: Sizes): string | undefined {
  const found = modelCompleteness({ files, contents: new Map() });
  return found.kind === 'incomplete' ? found.reason : undefined;
}

/**
 * Reads in `directory` what its model files name. Rejects with FAILED_PRECONDITION when something of it is missing. What
 * cannot be read at all is left to whoever loads it.
 */
export async function checkNamedFiles(directory: string, place: string, files: Sizes): Promise<void> {
  const contents = new Map<string, Uint8Array>();
  for (;;) {
    const found = modelCompleteness({ files, contents });
    if (found.kind === 'incomplete') {
      throw failedPrecondition(`"${place}" is not complete: ${found.reason}`);
    }
    if (found.kind !== 'need') {
      return;
    }
    for (const needed of found.contents) {
      contents.set(needed.path, await readHead(directory, needed));
    }
  }
}

async function readHead(directory: string, { path, bytes }: NeededContent): Promise<Uint8Array> {
  const place = join(directory, path);
  try {
    await using file = await open(place);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch (reason) {
    throw diskError(reason, place);
  }
}
