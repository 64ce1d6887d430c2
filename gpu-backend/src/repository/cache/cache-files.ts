import fs from 'node:fs/promises';

/** What the cache does with the disk: one place to fail, stop or delay every one of its operations in tests. */
export type CacheFiles = Pick<
  typeof fs,
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readdir'
  | 'readFile'
  | 'readlink'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'statfs'
  | 'symlink'
  | 'unlink'
  | 'utimes'
  | 'writeFile'
>;

export const nodeFiles: CacheFiles = fs;
