import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isSystemError } from '@tensorfleet/core';
import type { CacheFiles } from './cache-files.ts';

export interface DigestNotesOptions {
  readonly files: CacheFiles;
  readonly directory: string;
}

/** Which content an object has that no manifest lists, by `contentId`; each note is one small file. */
export class DigestNotes {
  readonly #options: DigestNotesOptions;

  constructor(options: DigestNotesOptions) {
    this.#options = options;
  }

  /** The SHA-256 that was noted for this object; undefined for none. Rejects with system errors, as all methods do. */
  async read(id: string): Promise<string | undefined> {
    const { files, directory } = this.#options;
    try {
      const text = await files.readFile(join(directory, id), 'utf8');
      return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
    } catch (reason) {
      if (isSystemError(reason, 'ENOENT')) {
        return undefined;
      }
      throw reason;
    }
  }

  /** Readers see the whole note or none. */
  async write(id: string, sha256: string): Promise<void> {
    const { files, directory } = this.#options;
    const hidden = join(directory, `.${randomUUID()}`);
    await files.writeFile(hidden, sha256);
    await files.rename(hidden, join(directory, id));
  }

  /** Deletes the notes about what is not `kept`, and what was left half-written longer ago than `beforeMs`. */
  async sweep(isKept: (sha256: string) => Promise<boolean>, beforeMs: number): Promise<void> {
    const { files, directory } = this.#options;
    for (const name of await files.readdir(directory)) {
      const stats = await files.stat(join(directory, name)).catch(() => undefined);
      const sha256 = name.startsWith('.') ? undefined : await this.read(name);
      const isOld = stats !== undefined && stats.mtimeMs < beforeMs;
      if (isOld && (sha256 === undefined || !(await isKept(sha256)))) {
        await files.rm(join(directory, name), { force: true });
      }
    }
  }
}
