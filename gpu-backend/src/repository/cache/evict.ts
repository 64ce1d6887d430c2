import type { Stats } from 'node:fs';
import { basename, join } from 'node:path';
import type { CacheFiles } from './cache-files.ts';
import type { CacheLayout } from './cache-layout.ts';
import type { PartClaims } from './part-claims.ts';

/** What was used so recently is perhaps just being handed out, also by another server. */
const GRACE_MS = 60_000;

export interface EvictOptions {
  readonly files: CacheFiles;
  readonly layout: CacheLayout;
  readonly claims: PartClaims;
  readonly wallNow: () => number;
}

/** Something that may leave. */
interface Idle {
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly usedMs: number;
  readonly remove: () => Promise<void>;
}

/** What the cache holds: all bytes, and what of it nobody needs, least recently used first. */
export interface CacheContent {
  readonly bytes: number;
  readonly idle: readonly Idle[];
}

/** Blobs without a second link, and parts that nobody is working on. Rejects with system errors. */
export async function cacheContent(options: EvictOptions): Promise<CacheContent> {
  const { files, layout, claims, wallNow } = options;
  const linked = await symlinkedBlobs(files, layout.servers);
  let bytes = 0;
  const idle: Idle[] = [];
  const note = (one: Idle, isIdle: boolean): void => {
    bytes += one.bytes;
    if (isIdle && wallNow() - one.usedMs > GRACE_MS) {
      idle.push(one);
    }
  };
  for (const { path, stats } of await blobsIn(files, layout.blobs)) {
    const remove = async (): Promise<void> => await files.rm(path, { force: true });
    note({ bytes: stats.size, usedMs: stats.atimeMs, remove }, stats.nlink === 1 && !linked.has(basename(path)));
  }
  for (const id of await claims.all()) {
    const remove = async (): Promise<void> => await claims.discard(id);
    note({ ...(await claims.sizeOf(id)), remove }, await claims.isIdle(id));
  }
  return { bytes, idle: idle.toSorted((a, b) => a.usedMs - b.usedMs) };
}

/** Removes what was used least recently until so many bytes are gone, or nothing is left to remove. */
export async function evict({ idle }: CacheContent, bytes: number): Promise<void> {
  let left = bytes;
  for (const one of idle) {
    if (left <= 0) {
      return;
    }
    await one.remove();
    left -= one.bytes;
  }
}

async function blobsIn(
  files: CacheFiles,
  directory: string,
): Promise<readonly { readonly path: string; readonly stats: Stats }[]> {
  const found: { path: string; stats: Stats }[] = [];
  for (const folder of await files.readdir(directory)) {
    for (const name of await files.readdir(join(directory, folder))) {
      const path = join(directory, folder, name);
      const stats = await files.stat(path).catch(() => undefined); // another server may have removed it
      if (stats?.isFile()) {
        found.push({ path, stats });
      }
    }
  }
  return found;
}

/** Names of the blobs that symbolic links of servers lead to, where hard links are impossible. */
async function symlinkedBlobs(files: CacheFiles, servers: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const entry of await files.readdir(servers, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) {
      const target = await files.readlink(join(entry.parentPath, entry.name)).catch(() => undefined);
      if (target !== undefined) {
        names.add(basename(target));
      }
    }
  }
  return names;
}
