import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isSystemError } from '@tensorfleet/core';
import type { CacheFiles } from './cache-files.ts';
import type { Standing } from './server-directory.ts';

/** The name of a part that nobody is working on. */
const FREE_NAME = 'free';

/** Of `stat`, on every file system. */
const BLOCK_BYTES = 512;

export interface PartSize {
  /** Of the disk that the part takes. */
  readonly bytes: number;
  /** When it was written to last, in milliseconds since 1970. */
  readonly usedMs: number;
}

export interface PartClaimsOptions {
  readonly files: CacheFiles;
  /** Holds one directory per part. */
  readonly directory: string;
  /** The id of this server: its parts are called by it. */
  readonly server: string;
  readonly standingOf: (server: string) => Promise<Standing>;
}

/**
 * Who downloads what. A part is a directory with one file, whose name says whose it is: a server's id, or `free`. A new
 * part appears by a rename of a directory that holds its file, and changes hands by a rename of the file, so that one
 * server at most has it, and each step is done or not. Only a file that surely nobody has open changes hands; that of a
 * server which merely seems dead is deleted: whatever it may still write goes nowhere.
 */
export class PartClaims {
  readonly #options: PartClaimsOptions;

  constructor(options: PartClaimsOptions) {
    this.#options = options;
  }

  /**
   * The path of the part's file, which is this server's from now on: with what was downloaded before, or empty.
   * Undefined while another server has it. One call per part at a time; rejects with system errors, as all methods do.
   */
  async claim(id: string): Promise<string | undefined> {
    const own = join(this.#options.directory, id, this.#options.server);
    for (;;) {
      const names = await this.#namesIn(id);
      if (names.includes(this.#options.server)) {
        return own;
      }
      const [name] = names;
      const step = name === undefined ? await this.#make(id) : await this.#takeOver(id, name);
      if (step === 'mine') {
        return own;
      }
      if (step === 'theirs') {
        return undefined;
      }
    }
  }

  /** Gives a part back with what it holds; its file must be closed. */
  async free(id: string): Promise<void> {
    await this.#freeOf(id, this.#options.server);
  }

  /** Frees the parts of a server that has surely ended. */
  async freeAllOf(server: string): Promise<void> {
    const { files, directory } = this.#options;
    for (const name of await files.readdir(directory)) {
      if (name.startsWith(`.${server}`)) {
        await files.rm(join(directory, name), { recursive: true, force: true });
      } else {
        await this.#freeOf(name, server);
      }
    }
  }

  /** Removes the part and what it holds, or only its directory when its file has been moved away. */
  async remove(id: string): Promise<void> {
    const { files, directory, server } = this.#options;
    await files.rm(join(directory, id, server), { force: true });
    await this.#removeDirectory(id);
  }

  /** The ids of all parts. */
  async all(): Promise<readonly string[]> {
    const { files, directory } = this.#options;
    return (await files.readdir(directory)).filter((name) => !name.startsWith('.'));
  }

  /** Whether no living server has the part. */
  async isIdle(id: string): Promise<boolean> {
    const [name] = await this.#namesIn(id);
    return name === undefined || name === FREE_NAME || (await this.#options.standingOf(name)) !== 'alive';
  }

  /** Zeros for a part that is not there. */
  async sizeOf(id: string): Promise<PartSize> {
    const { files, directory } = this.#options;
    const [name] = await this.#namesIn(id);
    const stats = name && (await files.stat(join(directory, id, name)).catch(passIf('ENOENT')));
    return stats ? { bytes: stats.blocks * BLOCK_BYTES, usedMs: stats.mtimeMs } : { bytes: 0, usedMs: 0 };
  }

  /** Removes a part that no living server has: at once for everybody, by a rename. */
  async discard(id: string): Promise<void> {
    const { files, directory } = this.#options;
    const [name] = await this.#namesIn(id);
    if (name !== undefined && (await this.isIdle(id))) {
      const aside = join(directory, this.#hidden(`${id}-${randomUUID()}`));
      await files.rename(join(directory, id, name), aside).catch(passIf('ENOENT'));
      await files.rm(aside, { recursive: true, force: true });
    }
    await this.#removeDirectory(id);
  }

  /** What `freeAllOf` cleans up. */
  #hidden(name: string): string {
    return `.${this.#options.server}-${name}`;
  }

  async #removeDirectory(id: string): Promise<void> {
    const { files, directory } = this.#options;
    await files.rmdir(join(directory, id)).catch(passIf('ENOENT', 'ENOTEMPTY', 'EEXIST'));
  }

  async #namesIn(id: string): Promise<readonly string[]> {
    const { files, directory } = this.#options;
    return (await files.readdir(join(directory, id)).catch(passIf('ENOENT'))) ?? [];
  }

  async #freeOf(id: string, server: string): Promise<void> {
    const { files, directory } = this.#options;
    await files.rename(join(directory, id, server), join(directory, id, FREE_NAME)).catch(passIf('ENOENT', 'ENOTDIR'));
  }

  /** Renaming a directory onto one that holds something fails, so that one of several servers makes it. */
  async #make(id: string): Promise<'mine' | 'again'> {
    const { files, directory, server } = this.#options;
    const hidden = join(directory, this.#hidden(id));
    await files.rm(hidden, { recursive: true, force: true });
    await files.mkdir(hidden);
    await files.writeFile(join(hidden, server), '', { mode: 0o600 });
    try {
      await files.rename(hidden, join(directory, id));
      return 'mine';
    } catch (reason) {
      await files.rm(hidden, { recursive: true, force: true });
      passIf('EEXIST', 'ENOTEMPTY')(reason);
      return 'again';
    }
  }

  async #takeOver(id: string, name: string): Promise<'mine' | 'theirs' | 'again'> {
    const { files, directory, server, standingOf } = this.#options;
    const place = join(directory, id, name);
    const standing = name === FREE_NAME ? 'ended' : await standingOf(name);
    if (standing === 'alive') {
      return 'theirs';
    }
    if (standing === 'lost') {
      await files.rm(place, { recursive: true, force: true });
      return 'again';
    }
    try {
      await files.rename(place, join(directory, id, server));
      return 'mine';
    } catch (reason) {
      passIf('ENOENT')(reason);
      return 'again';
    }
  }
}

/** Passes over these system errors, and throws others. */
function passIf(...names: readonly string[]): (reason: unknown) => undefined {
  return (reason) => {
    if (!isSystemError(reason, ...names)) {
      throw reason;
    }
    return undefined;
  };
}
