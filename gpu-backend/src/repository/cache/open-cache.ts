import type { Clock } from '@tensorfleet/core';
import type { RepositoryLog } from '../repository-log.ts';
import { BlobStore } from './blob-store.ts';
import type { CacheFiles } from './cache-files.ts';
import { cacheLayout } from './cache-layout.ts';
import { DigestNotes } from './digest-notes.ts';
import { DiskSpace } from './disk-space.ts';
import { Downloads } from './downloads.ts';
import { cacheContent, evict } from './evict.ts';
import { PartClaims } from './part-claims.ts';
import { Permits } from './permits.ts';
import { openPrivateDirectory } from './private-directory.ts';
import type { ProcessTable } from './process-table.ts';
import { ServerDirectory } from './server-directory.ts';

export interface OpenCacheOptions {
  readonly directory: string;
  readonly isPrivate: boolean;
  readonly maxBytes: number;
  readonly maxConnections: number;
  readonly rangeBytes: number;
  readonly log: RepositoryLog;
  readonly clock: Clock;
  readonly random: () => number;
  readonly wallNow: () => number;
  readonly files: CacheFiles;
  readonly processes: ProcessTable;
}

/** The parts of a cache whose directory is there. */
export interface OpenCache {
  readonly options: OpenCacheOptions;
  /** Makes what somebody has deleted. Rejects as `openCache`. */
  prepare(): Promise<void>;
  readonly server: ServerDirectory;
  readonly blobs: BlobStore;
  readonly notes: DigestNotes;
  readonly claims: PartClaims;
  readonly downloads: Downloads;
  readonly space: DiskSpace;
  /**
   * Says that this server is alive, deletes what dead ones have left, and what is too much. One after the other; rejects
   * with system errors.
   */
  tidy(): Promise<void>;
  /** Removes what is this server's. Nothing must be running. */
  close(): Promise<void>;
}

/** Notes are written after their blobs; a younger one may be about a blob that is on its way. */
const NOTE_MS = 60 * 60 * 1_000;

/** Makes what is missing, and this server's directory. Rejects with FAILED_PRECONDITION and system errors. */
export async function openCache(options: OpenCacheOptions): Promise<OpenCache> {
  const { directory, isPrivate, files, processes, wallNow, log } = options;
  const layout = cacheLayout(directory);
  const prepare = async (): Promise<void> => {
    await openPrivateDirectory(directory, { isPrivate, files });
    for (const each of [layout.blobs, layout.parts, layout.servers, layout.digests]) {
      await files.mkdir(each, { recursive: true });
    }
  };
  const server = new ServerDirectory({ files, directory: layout.servers, processes, wallNow });
  const standingOf = async (id: string) => await server.standingOf(id);
  const claims = new PartClaims({ files, directory: layout.parts, server: server.id, standingOf });
  const blobs = new BlobStore({ files, directory: layout.blobs, wallNow, log });
  const notes = new DigestNotes({ files, directory: layout.digests });
  const permits = new Permits(options.maxConnections);
  const downloads = new Downloads({ ...options, claims, blobs, notes, permits });
  const content = async () => await cacheContent({ files, layout, claims, wallNow });
  const space = new DiskSpace({ files, directory, content });
  const sweep = async () => await server.sweep(async (ended) => await claims.freeAllOf(ended));
  const tidyOnce = async (): Promise<void> => {
    await prepare();
    await server.touch();
    await sweep();
    const found = await content();
    await evict(found, found.bytes - options.maxBytes);
    await notes.sweep(async (sha256) => await blobs.has(sha256), wallNow() - NOTE_MS);
  };
  let tidying = Promise.resolve();
  await prepare();
  await server.create();
  await sweep();
  return {
    options,
    prepare,
    server,
    blobs,
    notes,
    claims,
    downloads,
    space,
    tidy: async () => {
      tidying = tidying.catch(() => undefined).then(tidyOnce);
      await tidying;
    },
    close: async () => {
      await downloads.close();
      await server.remove();
    },
  };
}
