import { DeleteObjectCommand } from '@aws-sdk/client-s3';
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
import { createS3Client } from './s3-client.ts';
import { absenceOf, headObject } from './s3-head.ts';
import { listObjects } from './s3-list.ts';
import { putObject } from './s3-put.ts';
import { getObject, readObject } from './s3-read.ts';
import { type S3Place, S3Requests } from './s3-requests.ts';
import { uploadObject } from './s3-upload.ts';
import type { S3Settings } from './store-settings.ts';
import { checkKey, checkListPrefix } from './store-url.ts';

/** Objects of a bucket of S3, or of a server that speaks its language. Rejects when the settings' file is not there. */
export async function createS3Store(
  place: S3Place,
  settings: S3Settings,
  observer: StoreObserver,
  random: () => number = Math.random,
): Promise<ObjectStore> {
  const client = await createS3Client(settings);
  return new S3Store(new S3Requests(client, place, observer, random), place.prefix);
}

class S3Store implements ObjectStore {
  readonly url: string;
  readonly #requests: S3Requests;
  readonly #prefix: string;

  constructor(requests: S3Requests, prefix: string) {
    this.url = requests.url;
    this.#requests = requests;
    this.#prefix = prefix;
  }

  async get(key: string, options: GetOptions): Promise<Fetched> {
    this.#check(key);
    return await getObject(this.#requests, key, options);
  }

  async *read(key: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    this.#check(key);
    yield* readObject(this.#requests, key, options);
  }

  async head(key: string, signal?: AbortSignal): Promise<(ObjectFacts & { readonly sha256?: string }) | undefined> {
    this.#check(key);
    return await headObject(this.#requests, key, signal);
  }

  async put(key: string, data: Uint8Array, condition?: WriteCondition, signal?: AbortSignal): Promise<string> {
    this.#check(key);
    return await putObject(this.#requests, key, data, condition, signal);
  }

  async upload(key: string, source: UploadSource, options: UploadOptions = {}): Promise<void> {
    this.#check(key);
    await uploadObject(this.#requests, key, source, options);
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<ListPage> {
    checkListPrefix(this.url, prefix, this.#prefix);
    yield* listObjects(this.#requests, prefix, options);
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    this.#check(key);
    const command = new DeleteObjectCommand(this.#requests.target(key));
    await this.#requests
      .send({ operation: 'delete', key, signal }, (options) => this.#requests.client.send(command, options))
      .catch(absenceOf);
  }

  close(): void {
    this.#requests.client.destroy();
  }

  #check(key: string): void {
    checkKey(this.url, key, this.#prefix);
  }
}
