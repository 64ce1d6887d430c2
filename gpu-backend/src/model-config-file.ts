import { resolve } from 'node:path';
import { type ModelServerConfig, modelServerConfigFromText } from '@tensorfleet/codecs';
import { type Clock, Code, type Logger, StatusError } from '@tensorfleet/core';
import { readTextFile } from './config/text-file.ts';
import { Repeater, type RunOutcome } from './repository/repeater.ts';
import type { ModelSet } from './server/models/model-set.ts';

type Reloadable = Pick<ModelSet, 'reload' | 'labelsArePending'>;

export interface ModelConfigFileOptions {
  readonly path: string;
  /** Milliseconds between two looks at the file; 0: it is read once. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The file that lists the models. After the first read, which must succeed, it is applied again whenever it has
 * changed, or when labels still wait for their versions. What is wrong with it is logged once and changes nothing.
 */
export class ModelConfigFile implements AsyncDisposable {
  readonly #options: ModelConfigFileOptions;
  readonly #closing = new AbortController();
  readonly #repeater: Repeater;
  #models: Reloadable | undefined;
  /** Undefined when it is to be applied again, changed or not. */
  #applied: string | undefined;
  #problem: string | undefined;

  constructor(options: ModelConfigFileOptions) {
    this.#options = options;
    const { clock, intervalMs } = options;
    this.#repeater = new Repeater({ clock, intervalMs, maxRuns: Number.POSITIVE_INFINITY, run: () => this.#look() });
  }

  /** Throws NOT_FOUND and the like for a file that cannot be read, INVALID_ARGUMENT for one that says nothing valid. */
  async read(): Promise<ModelServerConfig> {
    const text = this.#text();
    const config = this.#parse(text);
    this.#applied = text;
    return config;
  }

  /** Applies the file's changes to `models`, if it is looked at more than once. */
  follow(models: Reloadable): void {
    this.#models = models;
    if (this.#options.intervalMs > 0) {
      this.#repeater.start();
    }
  }

  /** Resolves after a look that began after this call. */
  lookNow(): Promise<void> {
    return this.#repeater.runNow();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#repeater.close();
  }

  async #look(): Promise<RunOutcome> {
    try {
      const text = this.#text();
      if (text !== this.#applied || this.#models?.labelsArePending) {
        this.#applied = text;
        await this.#models?.reload(this.#parse(text), this.#closing.signal);
      }
      this.#problem = undefined;
    } catch (reason) {
      this.#report(StatusError.from(reason));
    }
    return 'ok';
  }

  #report(error: StatusError): void {
    if (error.code === Code.Unavailable) {
      this.#applied = undefined;
    }
    if (error.message !== this.#problem && !this.#closing.signal.aborted) {
      this.#problem = error.message;
      this.#options.log.error(
        { path: this.#options.path, code: error.code },
        `PollFilesystemAndReloadConfig failed to ReloadConfig: ${error.message}`,
      );
    }
  }

  #parse(text: string): ModelServerConfig {
    return modelServerConfigFromText(text, resolve(this.#options.path));
  }

  #text(): string {
    return readTextFile('Failed to read ModelServerConfig file', this.#options.path).text;
  }
}
