import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isSystemError } from '@tensorfleet/core';
import type { CacheFiles } from './cache-files.ts';
import type { ProcessId, ProcessTable } from './process-table.ts';

/** Tells other servers whose directory this is; its modification time says when the server was last alive. */
const OWNER_NAME = 'server.json';

/** A server of which nothing else is known has ended when it has been silent for so long. */
const SILENT_MS = 60 * 60 * 1_000;

/** Whether another server still uses what is its own. `lost`: so it seems, yet it might wake up. */
export type Standing = 'alive' | 'ended' | 'lost';

export interface ServerDirectoryOptions {
  readonly files: CacheFiles;
  /** Holds one directory per server. */
  readonly directory: string;
  readonly processes: ProcessTable;
  /** Milliseconds since 1970, as files have it. */
  readonly wallNow: () => number;
}

/** The directory of this server among those of others that share the cache. */
export class ServerDirectory {
  readonly id: string = randomUUID();
  readonly #options: ServerDirectoryOptions;

  constructor(options: ServerDirectoryOptions) {
    this.#options = options;
  }

  /** Absolute. */
  get path(): string {
    return join(this.#options.directory, this.id);
  }

  /** Becomes visible whole, by a rename. Rejects with system errors, as all methods do. */
  async create(): Promise<void> {
    const { files, directory, processes } = this.#options;
    await files.mkdir(directory, { recursive: true });
    const hidden = join(directory, `.${this.id}`);
    await files.mkdir(hidden);
    await files.writeFile(join(hidden, OWNER_NAME), JSON.stringify(processes.self));
    await files.rename(hidden, this.path);
  }

  /** Says that this server is alive; also after somebody has deleted its directory. */
  async touch(): Promise<void> {
    const { files, processes, wallNow } = this.#options;
    const place = join(this.path, OWNER_NAME);
    const seconds = wallNow() / 1_000;
    try {
      await files.utimes(place, seconds, seconds);
    } catch (reason) {
      if (!isSystemError(reason, 'ENOENT')) {
        throw reason;
      }
      await files.mkdir(this.path, { recursive: true });
      await files.writeFile(place, JSON.stringify(processes.self));
    }
  }

  async remove(): Promise<void> {
    await this.#options.files.rm(this.path, { recursive: true, force: true });
  }

  /** How it stands with the server of this id. */
  async standingOf(server: string): Promise<Standing> {
    if (server === this.id) {
      return 'alive';
    }
    const { files, directory, processes, wallNow } = this.#options;
    const place = join(directory, server, OWNER_NAME);
    try {
      const state = processes.stateOf(readProcessId(await files.readFile(place, 'utf8')));
      if (state !== 'unknown') {
        return state === 'running' ? 'alive' : 'ended';
      }
      return wallNow() - (await files.stat(place)).mtimeMs > SILENT_MS ? 'lost' : 'alive';
    } catch (reason) {
      // Only the server itself, and whoever saw it dead, remove its directory.
      if (isSystemError(reason, 'ENOENT', 'ENOTDIR')) {
        return 'lost';
      }
      throw reason;
    }
  }

  /** Deletes what servers have left that are no more; `before` is called with the id of each that has surely ended. */
  async sweep(before: (server: string) => Promise<void>): Promise<void> {
    const { files, directory } = this.#options;
    for (const name of await files.readdir(directory)) {
      const standing = await this.standingOf(name);
      if (standing === 'ended') {
        await before(name);
      }
      if (standing === 'ended' || (standing === 'lost' && (await this.#isOld(name)))) {
        await files.rm(join(directory, name), { recursive: true, force: true });
      }
    }
  }

  /** A directory without an owner may be one that is being made, or removed. */
  async #isOld(name: string): Promise<boolean> {
    const { files, directory, wallNow } = this.#options;
    const stats = await files.stat(join(directory, name)).catch(() => undefined);
    return stats !== undefined && wallNow() - stats.mtimeMs > SILENT_MS;
  }
}

/** What is not readable says nothing, so that only its age counts. */
function readProcessId(text: string): ProcessId {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'host' in value && 'pid' in value) {
      const { host, pid } = value;
      const started = 'started' in value && typeof value.started === 'string' ? value.started : undefined;
      if (typeof host === 'string' && Number.isSafeInteger(pid)) {
        return { host, pid: Number(pid), ...(started !== undefined && { started }) };
      }
    }
  } catch {
    // Falls through.
  }
  return { host: '', pid: 0 };
}
