import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, failedPrecondition } from '@tensorfleet/core';
import { modelCompleteness, type PublishSource } from '@tensorfleet/repository';

/**
 * Rejects with FAILED_PRECONDITION unless all files of the model are there that its files name: data files of the
 * checkpoint, assets, weights beside it.
 */
export async function checkComplete({ directory, files }: PublishSource): Promise<void> {
  const sizes = new Map(files.map(({ path, bytes }) => [path, bytes] as const));
  const contents = new Map<string, Uint8Array>();
  for (;;) {
    const found = modelCompleteness({ files: sizes, contents });
    switch (found.kind) {
      case 'complete':
        return;
      case 'need':
        for (const { path, bytes } of found.contents) {
          contents.set(path, await readBeginning(join(directory, path), bytes));
        }
        break;
      default:
        throw failedPrecondition(`"${directory}" is no whole model: ${found.reason}`, { path: directory });
    }
  }
}

async function readBeginning(path: string, bytes: number): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch (reason) {
    throw diskError(reason, path);
  }
}
