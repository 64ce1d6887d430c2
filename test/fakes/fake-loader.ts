import { internal, type StatusError, version } from '@tensorfleet/core';
import type { Loader, ResourceEstimate, ServableId } from '../../gpu-backend/src/lifecycle/servable.ts';

/** Lets everything that is ready to run do so, without a clock. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * A Loader whose loads and unloads end when the test says so; its servable is the text `name:version`.
 * Calls that break the contract of Loader (two at once, unload without a load) are rejected with INTERNAL.
 */
export class FakeLoader implements Loader<string> {
  readonly id: ServableId;
  /** What `estimate` returns, or throws. */
  memoryBytes: number | StatusError = 0;
  /** Whether calls succeed at once; otherwise they wait for `finishLoad`, `failLoad`, `finishUnload`, `failUnload`. */
  isAutomatic = false;
  loads = 0;
  unloads = 0;
  /** The signal of the latest load. */
  signal: AbortSignal | undefined;
  #state: 'idle' | 'loading' | 'loaded' | 'unloading' = 'idle';
  #load: PromiseWithResolvers<string> | undefined;
  #unload: PromiseWithResolvers<void> | undefined;

  readonly servable: string;

  /** @param where added to the name of the servable, for tests with several loaders of a version */
  constructor(name: string, number: number, where?: string) {
    this.id = { name, version: version(number) };
    this.servable = `${name}:${number}${where === undefined ? '' : ` in ${where}`}`;
  }

  estimate(): ResourceEstimate {
    if (typeof this.memoryBytes !== 'number') {
      throw this.memoryBytes;
    }
    return { memoryBytes: this.memoryBytes };
  }

  async load(signal: AbortSignal): Promise<string> {
    this.#require('idle', 'load');
    this.#state = 'loading';
    this.loads++;
    this.signal = signal;
    const call = Promise.withResolvers<string>();
    this.#load = call;
    if (this.isAutomatic) {
      call.resolve(this.servable);
    }
    try {
      const servable = await call.promise;
      this.#state = 'loaded';
      return servable;
    } catch (reason) {
      this.#state = 'idle';
      throw reason;
    }
  }

  async unload(servable: string): Promise<void> {
    this.#require('loaded', 'unload');
    if (servable !== this.servable) {
      throw internal(`loader of ${this.servable} was asked to unload ${servable}`);
    }
    this.#state = 'unloading';
    this.unloads++;
    const call = Promise.withResolvers<void>();
    this.#unload = call;
    if (this.isAutomatic) {
      call.resolve();
    }
    await call.promise.finally(() => {
      this.#state = 'idle';
    });
  }

  finishLoad(): Promise<void> {
    this.#load?.resolve(this.servable);
    return settle();
  }

  failLoad(error: unknown): Promise<void> {
    this.#load?.reject(error);
    return settle();
  }

  finishUnload(): Promise<void> {
    this.#unload?.resolve();
    return settle();
  }

  failUnload(error: unknown): Promise<void> {
    this.#unload?.reject(error);
    return settle();
  }

  #require(state: 'idle' | 'loaded', action: string): void {
    if (this.#state !== state) {
      throw internal(`loader of ${this.servable} was asked to ${action} while it is ${this.#state}`);
    }
  }
}
