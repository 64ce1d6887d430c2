import { type CallContext, type Clock, failedPrecondition, type Logger } from '@tensorfleet/core';
import { BoundedCache } from '../bounded-cache.ts';
import { FeatureLookups } from './feature-lookups.ts';
import type { EntityFields, FeatureStore } from './feature-store.ts';

export interface FeatureStoresOptions {
  readonly cacheBytes: number;
  readonly cacheEntries: number;
  /** How old a feature may be that is not looked up again; 0 looks up always. */
  readonly cacheTtlMs: number;
  /** Most time of one lookup. */
  readonly timeoutMs: number;
}

export interface FeatureStoresDependencies {
  readonly clock: Clock;
  /** Milliseconds for the age of what is cached, never going back. */
  readonly now: () => number;
  readonly log: Pick<Logger, 'warn'>;
}

/** The feature stores that a gateway knows, by the names that manifests call them. Disposing it disposes them. */
export class FeatureStores implements AsyncDisposable {
  readonly #stores: ReadonlyMap<string, FeatureStore>;
  readonly #lookups: ReadonlyMap<string, FeatureLookups>;
  /** For tests and for whoever watches the memory. */
  readonly cache: Pick<BoundedCache<EntityFields>, 'bytes' | 'size'>;

  constructor(
    stores: ReadonlyMap<string, FeatureStore>,
    options: FeatureStoresOptions,
    { clock, now, log }: FeatureStoresDependencies,
  ) {
    const { cacheBytes: maxBytes, cacheEntries: maxEntries, cacheTtlMs: ttlMs, timeoutMs } = options;
    const cache = new BoundedCache<EntityFields>({ maxBytes, maxEntries, ttlMs, now });
    this.cache = cache;
    this.#stores = stores;
    this.#lookups = new Map(
      Array.from(stores, ([name, store]) => [name, new FeatureLookups({ name, store, cache, clock, timeoutMs, log })]),
    );
  }

  /** As `FeatureLookups.get`. Rejects with FAILED_PRECONDITION for a store that is not configured. */
  async get(
    store: string,
    keys: Iterable<string>,
    fields: readonly string[],
    call: CallContext,
  ): Promise<ReadonlyMap<string, EntityFields>> {
    const lookups = this.#lookups.get(store);
    if (lookups === undefined) {
      const known = [...this.#lookups.keys()].toSorted().join(',');
      throw failedPrecondition(`the gateway has no feature store "${store}", only {${known}}`, { store });
    }
    return lookups.get(keys, fields, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stores.values().map((store) => store[Symbol.asyncDispose]()));
  }
}
