import { type Clock, deadlineExceeded, type Logger, StatusError, unavailable } from '@tensorfleet/core';
import { type KeyRecord, parseKeyDocument } from './key-document.ts';
import { createKeyIndex, type KeyIndex } from './key-index.ts';
import type { KeyPart, KeySource } from './key-source.ts';

export interface KeyCacheOptions {
  /** Age at which keys are read again. */
  readonly ttlMs: number;
  /** Age up to which keys are believed while the store does not answer. */
  readonly maxStaleMs: number;
}

export interface KeyCacheDependencies {
  readonly source: KeySource;
  readonly clock: Clock;
  /**
   * Milliseconds since 1970. Ages are taken from it, not from the monotonic clock, which may stand still while a
   * sandbox is frozen: a key must not live longer for that.
   */
  readonly now: () => number;
  readonly log: Logger;
}

const READ_TIMEOUT_MS = 3_000;
/** A store that failed is asked again after this time at the earliest, however many requests come. */
const RETRY_MS = 1_000;

/**
 * The keys of a store, in memory. Invariants: at most one read is under way; keys younger than the TTL are given at once,
 * keys up to twice as old are given at once and read again behind the request's back, older ones only after a read, so
 * that a revocation takes at most twice the TTL while the store answers. While it fails, the last keys serve on up to
 * `maxStaleMs`. Before the first read succeeds there are no keys.
 */
export class KeyCache {
  readonly #options: KeyCacheOptions;
  readonly #dependencies: KeyCacheDependencies;
  #index: KeyIndex | undefined;
  #loadedAt = 0;
  #failedAt: number | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: KeyCacheOptions, dependencies: KeyCacheDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** The keys. Rejects with UNAVAILABLE when none were loaded yet, or none recently enough. */
  async keys(): Promise<KeyIndex> {
    const { ttlMs, maxStaleMs } = this.#options;
    const age = this.#age();
    if (age >= ttlMs) {
      const refreshed = this.#refresh();
      const mayWait = age < Math.min(2 * ttlMs, maxStaleMs) || (this.#failedAt !== undefined && age < maxStaleMs);
      if (!mayWait) {
        await refreshed;
      }
    }
    if (this.#index === undefined || this.#age() >= Math.max(maxStaleMs, ttlMs)) {
      throw unavailable('the API keys could not be loaded');
    }
    return this.#index;
  }

  /** A clock that was set back makes keys old, not young. */
  #age(): number {
    return this.#index === undefined ? Number.POSITIVE_INFINITY : Math.abs(this.#dependencies.now() - this.#loadedAt);
  }

  /** Never rejects. */
  #refresh(): Promise<void> {
    if (this.#failedAt !== undefined && Math.abs(this.#dependencies.now() - this.#failedAt) < RETRY_MS) {
      return this.#reading ?? Promise.resolve();
    }
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { source, clock, now, log } = this.#dependencies;
    const gaveUp = Promise.withResolvers<never>();
    const controller = new AbortController();
    using _ = clock.schedule(READ_TIMEOUT_MS, () => {
      const late = deadlineExceeded(`${source.name} did not answer within ${READ_TIMEOUT_MS} ms`);
      controller.abort(late);
      gaveUp.reject(late);
    });
    try {
      // As of the request: what changes while the answer travels is not in it.
      const at = now();
      const parts = await Promise.race([source.read(controller.signal), gaveUp.promise]);
      this.#index = createKeyIndex(recordsOf(parts, log));
      this.#loadedAt = at;
      this.#failedAt = undefined;
    } catch (reason) {
      this.#failedAt = now();
      log.error({ store: source.name, error: StatusError.from(reason) }, 'the API keys could not be loaded');
    }
  }
}

/**
 * The records of all parts. A part that is broken costs its own keys, not everybody's; an id in two of them is nobody's.
 * Throws the last problem when no part is whole.
 */
function recordsOf(parts: readonly KeyPart[], log: Logger): readonly KeyRecord[] {
  const records = new Map<string, KeyRecord>();
  const twice = new Set<string>();
  let problem: unknown;
  let whole = 0;
  for (const { name, text } of parts) {
    try {
      for (const record of parseKeyDocument(text, name)) {
        if (records.has(record.id)) {
          twice.add(record.id);
        }
        records.set(record.id, record);
      }
      whole++;
    } catch (reason) {
      problem = reason;
      log.error({ error: StatusError.from(reason) }, 'API keys are left out');
    }
  }
  if (whole === 0 && problem !== undefined) {
    throw problem;
  }
  for (const id of twice) {
    records.delete(id);
    log.error({ keyId: id }, 'an API key is in the store twice, and left out');
  }
  return [...records.values()];
}
