import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version } from '@tensorfleet/core';
import type { ProcessId, ProcessState } from '../../../../gpu-backend/src/repository/cache/process-table.ts';
import {
  createVersionCache,
  type VersionCacheOptions,
} from '../../../../gpu-backend/src/repository/cache/version-cache.ts';
import type { FetchRequest, VersionFetcher } from '../../../../gpu-backend/src/repository/version-fetcher.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { gatedFiles } from './gated-files.ts';

export const NEVER: AbortSignal = new AbortController().signal;

export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Bytes that differ from those of another seed. */
export function bytesOf(length: number, seed = 1): Uint8Array {
  const data = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    data[i] = state >>> 24;
  }
  return data;
}

/** Processes that end when a test says so. */
export class FakeProcesses {
  readonly states = new Map<number, ProcessState>();

  table(pid: number): VersionCacheOptions['processes'] & object {
    this.states.set(pid, 'running');
    const self: ProcessId = { host: 'here', pid };
    return { self, stateOf: (other) => this.states.get(other.pid) ?? 'unknown' };
  }
}

/** A cache directory of this test's own, a store, and servers that share both. */
export class CacheHarness implements AsyncDisposable {
  readonly directory: string;
  readonly store = new MemoryStore();
  readonly clock = new FakeClock();
  readonly processes = new FakeProcesses();
  readonly #log = silentLog();
  /** Milliseconds since 1970. */
  wallNow = Date.now();
  /** Keys that were read, in order. */
  readonly reads: string[] = [];
  readonly #open = new Set<VersionFetcher>();
  #pids = 0;
  /** Operations of the disk that have begun and are not over. */
  #operations = 0;

  constructor(directory: string) {
    this.directory = directory;
    this.store.before = (operation, key) => {
      if (operation === 'read') {
        this.reads.push(key);
      }
    };
  }

  /** A server of its own; given options win. Its process is `pid`, 1 for the first. */
  server(options: Partial<VersionCacheOptions> = {}): VersionFetcher {
    this.#pids += 1;
    const onRunning = (change: number): void => {
      this.#operations += change;
    };
    const cache = createVersionCache({
      directory: this.directory,
      isPrivate: false,
      maxBytes: Number.POSITIVE_INFINITY,
      clock: this.clock,
      random: () => 0.5,
      wallNow: () => this.wallNow,
      processes: this.processes.table(this.#pids),
      log: this.#log,
      ...options,
      files: gatedFiles({ onRunning }, options.files),
    });
    this.#open.add(cache);
    return cache;
  }

  /** Puts a version with a manifest into the store; the request that fetches it. */
  async publish(
    model: string,
    number: number,
    files: Readonly<Record<string, Uint8Array | string>>,
  ): Promise<FetchRequest> {
    const request = await this.upload(model, number, files);
    const listed = request.files.map(({ path, bytes }) => ({ path, bytes, sha256: sha256(files[path] ?? '') }));
    return { ...request, files: listed, manifestText: JSON.stringify({ format: 1, files: listed }) };
  }

  /** Puts a version without a manifest into the store. */
  async upload(
    model: string,
    number: number,
    files: Readonly<Record<string, Uint8Array | string>>,
  ): Promise<FetchRequest> {
    const prefix = `${model}/${number}/`;
    const listed: { path: string; bytes: number; etag: string }[] = [];
    for (const [path, content] of Object.entries(files)) {
      const data = Buffer.from(content);
      const etag = await this.store.put(`${prefix}${path}`, data);
      listed.push({ path, bytes: data.byteLength, etag });
    }
    return { store: this.store, model, version: version(number), prefix, files: listed };
  }

  /** What was logged at this level. */
  said(level: 'info' | 'warn'): readonly string[] {
    return this.#log.lines.filter((line) => line.level === level).map(({ text }) => text);
  }

  /** Resolves when no server has anything to do until the clock goes on or the store answers. */
  async quiet(): Promise<void> {
    for (let turns = 0; turns < 3; turns++) {
      await new Promise((turn) => setImmediate(turn));
      turns = this.#operations === 0 ? turns : 0;
    }
  }

  /** Lets time pass, so much in all, and servers do what they do meanwhile. */
  async pass(ms: number): Promise<void> {
    await this.quiet();
    for (let passed = 0; passed < ms; passed += 500) {
      this.clock.advance(500);
      await this.quiet();
    }
  }

  /** Lets time pass until `work` is settled. */
  async inTime<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    for (await this.quiet(); !isDone; await this.quiet()) {
      this.clock.advance(100);
    }
    return await done;
  }

  /** The digests of all blobs, sorted. */
  async blobs(): Promise<readonly string[]> {
    const names = await readdir(join(this.directory, 'blobs'), { recursive: true });
    return names
      .map((name) => name.split('/')[1])
      .filter((name) => name !== undefined)
      .toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cache of this.#open) {
      await cache.close().catch(() => undefined);
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function cacheHarness(): Promise<CacheHarness> {
  return new CacheHarness(join(await mkdtemp(join(tmpdir(), 'tensorfleet-cache-')), 'cache'));
}

/** All files below a directory with their contents, by path. */
export async function contentOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory()) {
      const path = join(entry.parentPath, entry.name);
      found[path.slice(directory.length + 1)] = sha256(await readFile(path));
    }
  }
  return found;
}

/** What `contentOf` must find in the directory of this version. */
export function expectedContent(
  files: Readonly<Record<string, Uint8Array | string>>,
  { manifestText }: Pick<FetchRequest, 'manifestText'> = {},
): Readonly<Record<string, string>> {
  const all = { ...files, ...(manifestText !== undefined && { 'manifest.json': manifestText }) };
  return Object.fromEntries(Object.entries(all).map(([path, content]) => [path, sha256(content)]));
}
