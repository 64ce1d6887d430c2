import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskError } from '@tensorfleet/core';

/** An empty directory for temporary files; disposing deletes it with all that is in it. */
export interface ScratchDirectory extends AsyncDisposable {
  readonly path: string;
}

export async function createScratchDirectory(): Promise<ScratchDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'tensorfleet-')).catch((reason: unknown) => {
    throw diskError(reason, tmpdir());
  });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
