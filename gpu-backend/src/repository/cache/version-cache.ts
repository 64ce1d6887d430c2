import { dirname, join } from 'node:path';
import { type Clock, cancelled, diskError, type StatusError, systemClock, unavailable } from '@tensorfleet/core';
import { MANIFEST_NAME } from '@tensorfleet/repository';
import { type RepositoryLog, SILENT_LOG } from '../repository-log.ts';
import type { FetchedVersion, FetchRequest, VersionFetcher } from '../version-fetcher.ts';
import { type CacheFiles, nodeFiles } from './cache-files.ts';
import { fillVersion } from './fill-version.ts';
import { type OpenCache, openCache } from './open-cache.ts';
import { type ProcessTable, systemProcesses } from './process-table.ts';
import { wantedFiles } from './wanted-files.ts';

export interface VersionCacheOptions {
  /** Absolute; made when it is missing. Servers of one user may share it. */
  readonly directory: string;
  /** Whether the directory must belong to this process's user: others could have prepared one with a known name. */
  readonly isPrivate: boolean;
  /** Beyond that, files that no version in use needs leave, those first that were not used for longest. */
  readonly maxBytes: number;
  /**
   * Requests for files that run at a time, over all versions; default 8, 1 to 256. One turn of the event loop takes what
   * all of them bring: more are hardly faster, and keep requests to the server waiting. Pieces are written as they come:
   * what is in memory is a piece for each connection, two buffers of 256 KiB for each digest, and garbage, whatever the
   * size of the version.
   */
  readonly maxConnections?: number;
  /**
   * Large files are asked for in ranges of so many bytes; default 8 MiB, 1 kB to 1 GB. When a process is killed, what it
   * loses is at most one range per connection.
   */
  readonly rangeBytes?: number;
  /** Default: nowhere. */
  readonly log?: RepositoryLog;
  /** Default: the system's, as the next ones. */
  readonly clock?: Clock;
  /** Of [0, 1). */
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly wallNow?: () => number;
  readonly files?: CacheFiles;
  readonly processes?: ProcessTable;
}

/** Servers say that they are alive, and tidy up, so often. */
const TIDY_MS = 60_000;

/**
 * Keeps what versions consist of by its digest in a directory of this disk, and hands versions out as directories of
 * hard links. Nothing needs to be tidied up before or after a crash, and nothing on the disk is believed: a blob is
 * digested when it arrives and when a process uses it for the first time.
 */
export function createVersionCache(options: VersionCacheOptions): VersionFetcher {
  return new VersionCache(options);
}

class VersionCache implements VersionFetcher {
  readonly #options: Required<VersionCacheOptions>;
  readonly #closing = new AbortController();
  /** Of every directory that is handed out: the digests of its files. */
  readonly #handedOut = new Map<string, readonly string[]>();
  /** What `close` waits for. */
  readonly #running = new Set<Promise<unknown>>();
  #opened: Promise<OpenCache> | undefined;
  #timer: Disposable | undefined;
  #directories = 0;

  constructor(options: VersionCacheOptions) {
    this.#options = {
      maxConnections: 8,
      rangeBytes: 8 * 1024 * 1024,
      log: SILENT_LOG,
      clock: systemClock,
      random: Math.random,
      wallNow: Date.now,
      files: nodeFiles,
      processes: systemProcesses(),
      ...options,
    };
  }

  async fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchedVersion> {
    if (this.#closing.signal.aborted) {
      throw unavailable('the cache of versions is closed');
    }
    return await this.#track(this.#fetch(request, AbortSignal.any([signal, this.#closing.signal])));
  }

  release(directory: string): void {
    const digests = this.#handedOut.get(directory);
    if (digests !== undefined) {
      this.#handedOut.delete(directory);
      this.#detach('released', () => this.#giveBack(directory, digests));
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(cancelled('the cache of versions was closed'));
    this.#timer?.[Symbol.dispose]();
    while (this.#running.size > 0) {
      await Promise.allSettled(this.#running);
    }
    const cache = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    this.#handedOut.clear();
    await cache?.close();
  }

  async #fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchedVersion> {
    const { model, version, manifestText } = request;
    const wanted = wantedFiles(request);
    try {
      const cache = await this.#open();
      await cache.prepare();
      this.#directories += 1;
      const directory = join(cache.server.path, String(this.#directories), model, String(version));
      try {
        const { digests, receivedBytes } = await fillVersion(cache, { request, directory, wanted }, signal);
        if (manifestText !== undefined) {
          await this.#options.files.writeFile(join(directory, MANIFEST_NAME), manifestText, { mode: 0o444 });
        }
        signal.throwIfAborted();
        this.#handedOut.set(directory, digests);
        this.#detach('tidied', () => cache.tidy());
        return { directory, receivedBytes };
      } catch (reason) {
        await removeHandedOut(this.#options.files, directory).catch(() => undefined); // or when the server ends
        throw reason;
      }
    } catch (reason) {
      throw signal.aborted ? sayCancelled(request, reason) : diskError(reason, this.#options.directory);
    }
  }

  /** Once; after a failure the next call tries again. */
  async #open(): Promise<OpenCache> {
    this.#opened ??= openCache(this.#options).then((cache) => {
      this.#arm(cache);
      return cache;
    });
    try {
      return await this.#opened;
    } catch (reason) {
      this.#opened = undefined;
      throw reason;
    }
  }

  #arm(cache: OpenCache): void {
    if (!this.#closing.signal.aborted) {
      this.#timer = this.#options.clock.schedule(TIDY_MS, () => {
        this.#detach('tidied', () => cache.tidy());
        this.#arm(cache);
      });
    }
  }

  async #giveBack(directory: string, digests: readonly string[]): Promise<void> {
    const cache = await this.#opened;
    await removeHandedOut(this.#options.files, directory);
    for (const sha256 of digests) {
      await cache?.blobs.touch(sha256);
    }
    await cache?.tidy();
  }

  /** A cache that cannot be tidied is no reason to fail. */
  #detach(what: string, work: () => Promise<void>): void {
    const { directory, log } = this.#options;
    void this.#track(work()).catch((reason: unknown) => {
      const { message } = diskError(reason, directory);
      log.warn({ path: directory }, `the cache in "${directory}" could not be ${what}: ${message}`);
    });
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }
}

function sayCancelled({ model, version }: FetchRequest, reason: unknown): StatusError {
  const what = { model, version: String(version) };
  return cancelled(`fetching version ${version} of model "${model}" was cancelled`, what, reason);
}

/** With the directory of the model and the number above it. */
async function removeHandedOut(files: CacheFiles, directory: string): Promise<void> {
  await files.rm(dirname(dirname(directory)), { recursive: true, force: true });
}
