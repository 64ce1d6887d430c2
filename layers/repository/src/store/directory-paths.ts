import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError, failedPrecondition, invalidArgument, isSystemError } from '@tensorfleet/core';
import { isInside } from '../disk/version-files.ts';
import { checkKey } from './store-url.ts';

/** What the lock and unfinished writes are called; nobody else's objects may be. */
export const LOCK_NAME = '.object-store-lock';
const HIDDEN = /^\.(object-store-lock$|tensorfleet-)/;

export function isHidden(name: string): boolean {
  return HIDDEN.test(name);
}

/** Paths of objects below a root. Symbolic links are followed within the root, and refused when they lead out of it. */
export class DirectoryPaths {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Throws INVALID_ARGUMENT for a key that names no object here. */
  check(key: string): void {
    checkKey(this.root, key);
    if (key.split('/').some(isHidden)) {
      throw invalidArgument(`the key "${key}" of "${this.root}" has a part that is reserved`);
    }
  }

  /** The real path of the root. Rejects with NOT_FOUND when it is not there: a mistyped root becomes no repository. */
  async realRoot(): Promise<string> {
    return await realpath(this.root).catch((reason: unknown) => {
      throw diskError(reason, this.root);
    });
  }

  /** The real path of what is there; undefined when nothing is. */
  async find(key: string): Promise<string | undefined> {
    const root = await this.realRoot();
    const path = join(root, key);
    try {
      return this.#inside(root, await realpath(path), path);
    } catch (reason) {
      if (isSystemError(reason, 'ENOENT', 'ENOTDIR')) {
        return undefined;
      }
      throw diskError(reason, path);
    }
  }

  /** Opens a regular file for reading; undefined when there is none. Pipes and devices are refused and not waited for. */
  async open(key: string): Promise<FileHandle | undefined> {
    const path = await this.find(key);
    if (path === undefined) {
      return undefined;
    }
    try {
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
      const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const stats = await file.stat();
      if (stats.isFile()) {
        return file;
      }
      await file.close();
      // A directory is no object; what lies in it is.
      if (stats.isDirectory()) {
        return undefined;
      }
    } catch (reason) {
      if (isSystemError(reason, 'ENOENT')) {
        return undefined;
      }
      // A socket cannot even be opened.
      if (!isSystemError(reason, 'ENXIO')) {
        throw diskError(reason, path);
      }
    }
    throw failedPrecondition(`"${path}" is not a regular file`, { path });
  }

  /**
   * Where an object is to be written; makes its directories, step by step, so that none is made outside the root.
   * Rejects with system errors too.
   */
  async prepare(key: string): Promise<string> {
    const root = await this.realRoot();
    const parts = key.split('/');
    const name = parts.pop() ?? '';
    let directory = root;
    for (const part of parts) {
      const path = join(directory, part);
      await mkdir(path).catch((reason: unknown) => {
        if (!isSystemError(reason, 'EEXIST')) {
          throw reason;
        }
      });
      directory = this.#inside(root, await realpath(path), path);
    }
    return join(directory, name);
  }

  #inside(root: string, real: string, path: string): string {
    if (!isInside(root, real)) {
      throw failedPrecondition(`"${path}" is a symbolic link that leads out of "${root}"`, { path });
    }
    return real;
  }
}
