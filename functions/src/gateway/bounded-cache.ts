export interface BoundedCacheOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** For so long an entry counts. */
  readonly ttlMs: number;
  /** Milliseconds, never going back. */
  readonly now: () => number;
}

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  readonly until: number;
}

/** What an entry takes besides its key and value: the object and its place in the map; about. */
const ENTRY_BYTES = 120;
/** Of a character of a key, in the worst case. */
const CHARACTER_BYTES = 2;

/**
 * Values by key for a time, bounded in number and in bytes; what was not used for longest makes room.
 * Invariant: `#bytes` is the sum over the entries, at most maxBytes.
 */
export class BoundedCache<V> {
  readonly #options: BoundedCacheOptions;
  readonly #entries = new Map<string, Entry<V>>();
  #bytes = 0;

  constructor(options: BoundedCacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      return undefined;
    }
    this.#entries.delete(key);
    if (entry.until <= this.#options.now()) {
      this.#bytes -= entry.bytes;
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** `valueBytes`: of the value alone. A value that the cache has no room for at all is not kept. */
  set(key: string, value: V, valueBytes: number): void {
    const { maxEntries, maxBytes, ttlMs, now } = this.#options;
    this.#delete(key);
    const bytes = valueBytes + key.length * CHARACTER_BYTES + ENTRY_BYTES;
    if (bytes > maxBytes || maxEntries < 1 || ttlMs <= 0) {
      return;
    }
    this.#entries.set(key, { value, bytes, until: now() + ttlMs });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= maxBytes && this.#entries.size <= maxEntries) {
        break;
      }
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      this.#bytes -= entry.bytes;
    }
  }
}
