import { throwIfOver, unavailable } from '@tensorfleet/core';
import type { FeatureValue } from '@tensorfleet/preprocess';
import type { EntityFields, FeatureStore, GetManyOptions } from '../../functions/src/gateway/features/feature-store.ts';

/** Features in memory. Tests hold lookups back with `before`, or let them fail. */
export class MemoryFeatureStore implements FeatureStore {
  /** The keys of each lookup. */
  readonly lookups: (readonly string[])[] = [];
  before: (keys: readonly string[], options: GetManyOptions) => Promise<void> | void = () => undefined;
  readonly #entities = new Map<string, EntityFields>();
  #isClosed = false;

  put(key: string, fields: Readonly<Record<string, FeatureValue>>): this {
    this.#entities.set(key, new Map(Object.entries(fields)));
    return this;
  }

  async open(): Promise<void> {}

  async getMany(
    keys: readonly string[],
    fields: readonly string[],
    options: GetManyOptions,
  ): Promise<readonly EntityFields[]> {
    this.lookups.push(keys);
    throwIfOver({ requestId: '', deadline: 0, signal: options.signal });
    if (this.#isClosed) {
      throw unavailable('the store is closed');
    }
    await this.before(keys, options);
    return keys.map((key) => new Map([...(this.#entities.get(key) ?? [])].filter(([name]) => fields.includes(name))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
  }
}
