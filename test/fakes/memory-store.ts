import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  Code,
  cancelled,
  dataLoss,
  failedPrecondition,
  notFound,
  resourceExhausted,
  StatusError,
} from '@tensorfleet/core';
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
import { checkKey, checkListPrefix } from '../../layers/repository/src/store/store-url.ts';

interface Stored {
  readonly data: Uint8Array;
  readonly etag: string;
  readonly sha256?: string;
}

const CHUNK_BYTES = 1024 * 1024;

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw StatusError.is(signal.reason) ? signal.reason : cancelled('the request was cancelled', {}, signal.reason);
  }
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

  async get(key: string, { unlessEtag, maxBytes, signal }: GetOptions): Promise<Fetched> {
    await this.#begin('get', key, signal);
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

  async *read(key: string, { start = 0, end, etag, signal }: ReadOptions = {}): AsyncIterable<Uint8Array> {
    await this.#begin('read', key, signal);
    const stored = this.objects.get(key);
    if (stored === undefined) {
      throw notFound(`"${this.url}/${key}" does not exist`);
    }
    if (etag !== undefined && etag !== stored.etag) {
      throw this.#aborted(key);
    }
    if (Math.max(start, end ?? 0) > stored.data.byteLength) {
      throw dataLoss(`"${this.url}/${key}" is shorter than it should be`);
    }
    for (let position = start; position < (end ?? stored.data.byteLength); position += CHUNK_BYTES) {
      throwIfCancelled(signal);
      yield stored.data.subarray(position, Math.min(position + CHUNK_BYTES, end ?? stored.data.byteLength));
    }
  }

  async head(key: string, signal?: AbortSignal): Promise<(ObjectFacts & { readonly sha256?: string }) | undefined> {
    await this.#begin('head', key, signal);
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

  async put(key: string, data: Uint8Array, condition?: WriteCondition, signal?: AbortSignal): Promise<string> {
    await this.#begin('put', key, signal);
    const etag = this.objects.get(key)?.etag;
    if (condition !== undefined && etag !== ('ifEtag' in condition ? condition.ifEtag : undefined)) {
      throw this.#aborted(key);
    }
    return this.#store(key, data);
  }

  async upload(key: string, source: UploadSource, { onBytes, signal }: UploadOptions = {}): Promise<void> {
    await this.#begin('upload', key, signal);
    if (this.objects.get(key)?.sha256 === source.sha256) {
      onBytes?.(source.bytes);
      return;
    }
    const data = await readFile(source.path);
    if (createHash('sha256').update(data).digest('hex') !== source.sha256) {
      throw failedPrecondition(`"${source.path}" was changed while it was uploaded`);
    }
    for (let position = 0; position < data.byteLength; position += CHUNK_BYTES) {
      throwIfCancelled(signal);
      onBytes?.(Math.min(CHUNK_BYTES, data.byteLength - position));
    }
    this.#store(key, data, source.sha256);
  }

  async *list(prefix: string, { delimiter, signal }: ListOptions = {}): AsyncIterable<ListPage> {
    checkListPrefix(this.url, prefix);
    throwIfCancelled(signal);
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

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#begin('delete', key, signal);
    this.objects.delete(key);
  }

  close(): void {}

  async #begin(operation: StoreOperation, key: string, signal: AbortSignal | undefined): Promise<void> {
    checkKey(this.url, key);
    throwIfCancelled(signal);
    await this.before(operation, key);
  }

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
