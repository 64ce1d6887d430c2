import { readFile } from 'node:fs/promises';
import { Code, notFound, resourceExhausted, StatusError } from '@tensorfleet/core';
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

interface Stored {
  readonly data: Uint8Array;
  readonly etag: string;
  readonly sha256?: string;
}

/** An ObjectStore in memory. `before` may delay or fail any operation: interleavings and faults are made with it. */
export class MemoryStore implements ObjectStore {
  readonly url: string;
  readonly objects = new Map<string, Stored>();
  /** Called at the beginning of every operation; what it rejects with is what the operation rejects with. */
  before: (operation: StoreOperation, key: string) => Promise<void> | void = () => undefined;
  #writes = 0;
  readonly #pageSize: number;

  constructor({ url = 'memory://bucket/root', pageSize = 1000 } = {}) {
    this.url = url;
    this.#pageSize = pageSize;
  }

  async get(key: string, { unlessEtag, maxBytes }: GetOptions): Promise<Fetched> {
    await this.before('get', key);
    const stored = this.objects.get(key);
    if (stored === undefined) {
      return { kind: 'missing' };
    }
    if (stored.etag === unlessEtag) {
      return { kind: 'unchanged' };
    }
    if (stored.data.byteLength > maxBytes) {
      throw resourceExhausted(`"${this.url}/${key}" has ${stored.data.byteLength} bytes, at most ${maxBytes} are read`);
    }
    return { kind: 'found', data: stored.data, etag: stored.etag };
  }

  async *read(key: string, { start = 0, end, etag }: ReadOptions = {}): AsyncIterable<Uint8Array> {
    await this.before('read', key);
    const stored = this.objects.get(key);
    if (stored === undefined) {
      throw notFound(`"${this.url}/${key}" does not exist`);
    }
    if (etag !== undefined && etag !== stored.etag) {
      throw this.#aborted(key);
    }
    yield stored.data.subarray(start, end);
  }

  async head(key: string): Promise<(ObjectFacts & { readonly sha256?: string }) | undefined> {
    await this.before('head', key);
    const stored = this.objects.get(key);
    return (
      stored && {
        key,
        bytes: stored.data.byteLength,
        etag: stored.etag,
        ...(stored.sha256 !== undefined && { sha256: stored.sha256 }),
      }
    );
  }

  async put(key: string, data: Uint8Array, condition?: WriteCondition): Promise<string> {
    await this.before('put', key);
    const etag = this.objects.get(key)?.etag;
    if (condition !== undefined && etag !== ('ifEtag' in condition ? condition.ifEtag : undefined)) {
      throw this.#aborted(key);
    }
    return this.#store(key, data);
  }

  async upload(key: string, { path, bytes, sha256 }: UploadSource, { onBytes }: UploadOptions = {}): Promise<void> {
    await this.before('upload', key);
    if (this.objects.get(key)?.sha256 !== sha256) {
      this.#store(key, await readFile(path), sha256);
    }
    onBytes?.(bytes);
  }

  async *list(prefix: string, { delimiter }: ListOptions = {}): AsyncIterable<ListPage> {
    await this.before('list', prefix);
    const entries = this.#entries(prefix, delimiter);
    for (let start = 0; start === 0 || start < entries.length; start += this.#pageSize) {
      const page = entries.slice(start, start + this.#pageSize);
      yield {
        objects: page.filter((entry) => typeof entry !== 'string'),
        prefixes: page.filter((entry) => typeof entry === 'string'),
      };
    }
  }

  async delete(key: string): Promise<void> {
    await this.before('delete', key);
    this.objects.delete(key);
  }

  close(): void {}

  #entries(prefix: string, delimiter: '/' | undefined): readonly (ObjectFacts | string)[] {
    const entries: (ObjectFacts | string)[] = [];
    for (const key of [...this.objects.keys()].filter((each) => each.startsWith(prefix)).toSorted()) {
      const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
      const { data, etag } = this.objects.get(key) ?? { data: new Uint8Array(), etag: '' };
      const entry = end < 0 ? { key, bytes: data.byteLength, etag } : key.slice(0, end + 1);
      if (typeof entry !== 'string' || entries.at(-1) !== entry) {
        entries.push(entry);
      }
    }
    return entries;
  }

  #store(key: string, data: Uint8Array, sha256?: string): string {
    const etag = `"${++this.#writes}"`;
    this.objects.set(key, { data: Uint8Array.from(data), etag, ...(sha256 !== undefined && { sha256 }) });
    return etag;
  }

  #aborted(key: string): StatusError {
    return new StatusError(Code.Aborted, `"${this.url}/${key}" was changed by somebody else`);
  }
}
