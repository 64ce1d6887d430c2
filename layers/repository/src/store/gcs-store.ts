import { StatusError } from '@tensorfleet/core';
import { headGcsObject } from './gcs-head.ts';
import { getGcsObject, readGcsObject } from './gcs-read.ts';
import { type GcsCall, type GcsPlace, GcsRequests } from './gcs-requests.ts';
import { putGcsObject, uploadGcsObject } from './gcs-write.ts';
import type {
  Fetched,
  GetOptions,
  ListOptions,
  ListPage,
  ObjectFacts,
  ObjectStore,
  ReadOptions,
  StoreObserver,
  UploadOptions,
  UploadSource,
  WriteCondition,
} from './object-store.ts';
import type { GcsSettings } from './store-settings.ts';
import { checkKey, checkListPrefix } from './store-url.ts';

/** Objects of a bucket of Google Cloud Storage; an etag is an object's generation. */
export function createGcsStore(
  place: GcsPlace,
  settings: GcsSettings,
  observer: StoreObserver,
  random: () => number = Math.random,
): ObjectStore {
  return new GcsStore(new GcsRequests(place, settings, observer, random), place.prefix);
}

class GcsStore implements ObjectStore {
  readonly url: string;
  readonly #requests: GcsRequests;
  readonly #prefix: string;

  constructor(requests: GcsRequests, prefix: string) {
    this.url = requests.url;
    this.#requests = requests;
    this.#prefix = prefix;
  }

  async get(key: string, options: GetOptions): Promise<Fetched> {
    this.#check(key);
    return await getGcsObject(this.#requests, key, options);
  }

  async *read(key: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    this.#check(key);
    yield* readGcsObject(this.#requests, key, options);
  }

  async head(key: string, signal?: AbortSignal): Promise<(ObjectFacts & { readonly sha256?: string }) | undefined> {
    this.#check(key);
    const found = await headGcsObject(this.#requests, { operation: 'head', key, signal });
    if (found === undefined || found === 'unchanged') {
      return undefined;
    }
    const { bytes, etag, sha256 } = found;
    return { key, bytes, etag, ...(sha256 !== undefined && { sha256 }) };
  }

  async put(key: string, data: Uint8Array, condition?: WriteCondition, signal?: AbortSignal): Promise<string> {
    this.#check(key);
    return await putGcsObject(this.#requests, key, data, condition, signal);
  }

  async upload(key: string, source: UploadSource, options: UploadOptions = {}): Promise<void> {
    this.#check(key);
    await uploadGcsObject(this.#requests, key, source, options);
  }

  async *list(prefix: string, { delimiter, signal }: ListOptions = {}): AsyncGenerator<ListPage> {
    checkListPrefix(this.url, prefix, this.#prefix);
    const call: GcsCall = { operation: 'list', key: prefix, signal };
    let pageToken: string | undefined;
    do {
      const query = {
        autoPaginate: false,
        maxResults: PAGE_SIZE,
        prefix: this.#requests.fullKey(prefix),
        ...(delimiter !== undefined && { delimiter }),
        ...(pageToken !== undefined && { pageToken }),
      };
      const [, , answer] = await this.#requests.send(call, () => this.#requests.bucket.getFiles(query));
      const page = pageOf(this.#requests, answer);
      yield page;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    this.#check(key);
    const call: GcsCall = { operation: 'delete', key, signal };
    await this.#requests
      .send(call, () => this.#requests.file(key).delete())
      .catch((reason: unknown) => {
        if (!StatusError.is(reason) || reason.details['fault'] !== 'missing') {
          throw reason;
        }
      });
  }

  /** Google's library keeps its connections until they are idle. */
  close(): void {}

  #check(key: string): void {
    checkKey(this.url, key, this.#prefix);
  }
}

const PAGE_SIZE = 1000;

/** What the JSON API answers to a listing; the library types it as unknown. */
interface Listing {
  readonly items?: readonly { readonly name: string; readonly size: string; readonly generation: string }[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

/** Folders that consoles make, objects whose names end with `/`, are left out. */
function pageOf(requests: GcsRequests, answer: unknown): ListPage & { readonly nextPageToken?: string } {
  const { items = [], prefixes = [], nextPageToken } = (answer ?? {}) as Listing;
  return {
    objects: items.flatMap(({ name, size, generation }) =>
      name.endsWith('/') ? [] : [{ key: requests.keyOf(name), bytes: Number(size), etag: String(generation) }],
    ),
    prefixes: prefixes.map((name) => requests.keyOf(name)),
    ...(nextPageToken !== undefined && nextPageToken !== '' && { nextPageToken }),
  };
}
