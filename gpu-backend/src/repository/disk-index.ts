import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, diskError, resourceExhausted } from '@tensorfleet/core';
import {
  EMPTY_INDEX,
  INDEX_NAME,
  MAX_INDEX_BYTES,
  parseIndex,
  type RepositoryIndex,
  stampOf,
  statInside,
} from '@tensorfleet/repository';
import type { RepositoryLog } from './repository-log.ts';

/**
 * The index beside the models of one directory on a local disk. It routes: which versions there are is what the
 * directories say. While it cannot be read, what it said before stays; so does a model that has become wrong in it.
 */
export class DiskIndex {
  readonly #root: string;
  readonly #log: RepositoryLog;
  #stamp = '';
  #index: RepositoryIndex = EMPTY_INDEX;
  #said = '';

  constructor(root: string, log: RepositoryLog) {
    this.#root = root;
    this.#log = log;
  }

  /** Empty where there is none. Never rejects: problems are logged, once each. */
  async read(): Promise<RepositoryIndex> {
    try {
      await this.#read();
    } catch (reason) {
      const error = diskError(reason, this.#place);
      if (error.code === Code.NotFound) {
        this.#stamp = '';
        this.#index = EMPTY_INDEX;
        this.#say('');
      } else {
        this.#say(`${error.message}; what the index said before stays`);
      }
    }
    return this.#index;
  }

  get #place(): string {
    return join(this.#root, INDEX_NAME);
  }

  async #read(): Promise<void> {
    const stats = await statInside(this.#root, INDEX_NAME, await realpath(this.#root));
    const stamp = stampOf(stats);
    if (stamp === this.#stamp) {
      return;
    }
    if (stats.size > MAX_INDEX_BYTES) {
      throw resourceExhausted(`"${this.#place}" has ${stats.size} bytes, at most ${MAX_INDEX_BYTES} are read`);
    }
    const { index, problems } = parseIndex(await readFile(this.#place, 'utf8'), this.#place);
    const models = new Map(index.models);
    for (const name of problems.keys()) {
      const before = this.#index.models.get(name);
      if (before !== undefined) {
        models.set(name, before);
      }
    }
    this.#index = { models };
    this.#stamp = stamp;
    this.#say(
      [...problems].map(([name, problem]) => `in "${this.#place}" model "${name}" is wrong: ${problem}`).join('; '),
    );
  }

  #say(message: string): void {
    if (message !== '' && message !== this.#said) {
      this.#log.warn({ path: this.#place }, message);
    }
    this.#said = message;
  }
}
