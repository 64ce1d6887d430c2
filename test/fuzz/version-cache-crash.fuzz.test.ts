import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FetchRequest } from '../../gpu-backend/src/repository/version-fetcher.ts';
import {
  bytesOf,
  type CacheHarness,
  cacheHarness,
  contentOf,
  expectedContent,
  NEVER,
} from '../gpu-backend/repository/cache/cache-harness.ts';
import { gatedFiles } from '../gpu-backend/repository/cache/gated-files.ts';

const SMALL_RANGES = { rangeBytes: 1024 };
const FILES = { 'model.onnx': bytesOf(2500), 'twin.onnx': bytesOf(2500), 'assets/words.txt': 'words', empty: '' };

/** A disk that is gone after so many writes, as for a process that is killed there. */
function diskUntil(writes: number): { readonly files: ReturnType<typeof gatedFiles>; readonly done: () => number } {
  let done = 0;
  const files = gatedFiles({
    before: (isWrite) => {
      if (done >= writes) {
        throw new Error('killed');
      }
      done += isWrite ? 1 : 0;
    },
  });
  return { files, done: () => done };
}

/** Runs a server into its death after so many writes; whether it died, and not only finished. */
async function killAfter(writes: number, harness: CacheHarness, request: FetchRequest): Promise<boolean> {
  const { files, done } = diskUntil(writes);
  const server = harness.server({ ...SMALL_RANGES, files });
  const directory = await server.fetch(request, NEVER).catch(() => undefined);
  await server.close().catch(() => undefined);
  expect(directory === undefined || done() <= writes).toBe(true);
  return done() >= writes;
}

describe('createVersionCache after a crash', () => {
  it.each(['publish', 'upload'] as const)(
    'serves, and leaves nothing behind, whatever was the last write (%s)',
    async (how) => {
      let deaths = 0;
      for (let isDead = true; isDead; deaths++) {
        await using harness = await cacheHarness();
        const request = await harness[how]('m', 1, FILES);
        isDead = await killAfter(deaths, harness, request);
        harness.processes.states.set(1, 'ended');
        const server = harness.server({ ...SMALL_RANGES, maxBytes: 0 });

        const { directory } = await server.fetch(request, NEVER);

        expect(await contentOf(directory), `killed after ${deaths} writes`).toEqual(expectedContent(FILES, request));
        server.release(directory);
        harness.wallNow += 2 * 3_600_000;
        await server.close();
        const left = [
          ...(await readdir(join(harness.directory, 'parts'))),
          ...(await readdir(join(harness.directory, 'servers'))),
        ];
        expect(left, `killed after ${deaths} writes`).toEqual([]);
      }
      expect(deaths).toBeGreaterThan(30);
    },
  );
});
