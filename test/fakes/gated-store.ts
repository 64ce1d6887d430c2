import type {
  Fetched,
  GetOptions,
  ListOptions,
  ListPage,
  ObjectFacts,
  ObjectStore,
  ReadOptions,
  StoreOperation,
  UploadOptions,
  UploadSource,
  WriteCondition,
} from '../../layers/repository/src/store/object-store.ts';

/** Where an operation is: `before` it does anything, or `after` it has acted, or `failed`, and before anybody is told. */
export type GatePhase = 'before' | 'after' | 'failed';

/** Waits or throws; what it throws is what the operation rejects with, also when it has acted. */
export type Gate = (phase: GatePhase, operation: StoreOperation, key: string) => Promise<void> | void;

/** One user's way to a store that others use too: every operation passes this user's gate on its way there and back. */
export class GatedStore implements ObjectStore {
  readonly #store: ObjectStore;
  readonly #gate: Gate;

  constructor(store: ObjectStore, gate: Gate) {
    this.#store = store;
    this.#gate = gate;
  }

  get url(): string {
    return this.#store.url;
  }

  get(key: string, options: GetOptions): Promise<Fetched> {
    return this.#pass('get', key, () => this.#store.get(key, options));
  }

  async *read(key: string, options?: ReadOptions): AsyncIterable<Uint8Array> {
    yield* await this.#pass('read', key, () => allOf(this.#store.read(key, options)));
  }

  head(key: string, signal?: AbortSignal): Promise<(ObjectFacts & { readonly sha256?: string }) | undefined> {
    return this.#pass('head', key, () => this.#store.head(key, signal));
  }

  put(key: string, data: Uint8Array, condition?: WriteCondition, signal?: AbortSignal): Promise<string> {
    return this.#pass('put', key, () => this.#store.put(key, data, condition, signal));
  }

  upload(key: string, source: UploadSource, options?: UploadOptions): Promise<void> {
    return this.#pass('upload', key, () => this.#store.upload(key, source, options));
  }

  async *list(prefix: string, options?: ListOptions): AsyncIterable<ListPage> {
    yield* await this.#pass('list', prefix, () => allOf(this.#store.list(prefix, options)));
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    return this.#pass('delete', key, () => this.#store.delete(key, signal));
  }

  close(): void {}

  async #pass<T>(operation: StoreOperation, key: string, act: () => Promise<T>): Promise<T> {
    await this.#gate('before', operation, key);
    let phase: GatePhase = 'failed';
    try {
      const result = await act();
      phase = 'after';
      return result;
    } finally {
      await this.#gate(phase, operation, key);
    }
  }
}

async function allOf<T>(parts: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const part of parts) {
    all.push(part);
  }
  return all;
}
