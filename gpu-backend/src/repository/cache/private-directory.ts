import { failedPrecondition } from '@tensorfleet/core';
import { type CacheFiles, nodeFiles } from './cache-files.ts';

export interface PrivateDirectoryOptions {
  /** Whether it must belong to this process's user: others could have prepared one with a known name. */
  readonly isPrivate: boolean;
  readonly files?: Pick<CacheFiles, 'mkdir' | 'lstat' | 'stat'>;
}

/**
 * Makes a directory that only this process's user may enter, where it is missing. Rejects with FAILED_PRECONDITION when
 * it must be this user's and is not, and with system errors.
 */
export async function openPrivateDirectory(
  directory: string,
  { isPrivate, files = nodeFiles }: PrivateDirectoryOptions,
): Promise<void> {
  await files.mkdir(directory, { recursive: true, mode: 0o700 });
  const stats = await (isPrivate ? files.lstat(directory) : files.stat(directory));
  if (isPrivate && process.getuid !== undefined && stats.uid !== process.getuid()) {
    throw failedPrecondition(`"${directory}" belongs to another user`, { path: directory });
  }
}
