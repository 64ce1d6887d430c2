import {
  type CallContext,
  type Clock,
  deadlineExceeded,
  internal,
  payloadTooLarge,
  StatusError,
  unavailable,
} from '@tensorfleet/core';
import { AwsV4Signer } from 'aws4fetch';
import { untilAborted } from '../until-aborted.ts';
import type { CredentialSource } from './aws-credentials.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { noSuchUpload } from './upload-key.ts';
import type { SignedUpload, StoredUpload, UploadAnnouncement, UploadStore } from './upload-store.ts';

export interface S3UploadStoreOptions {
  readonly bucket: S3Bucket;
  /** The same bucket as clients reach it, where that differs. */
  readonly publicBucket: S3Bucket;
  readonly maxBytes: number;
  /** How long a signed request may be sent. */
  readonly expiresSeconds: number;
  /** Most time that reading an upload takes. */
  readonly timeoutMs: number;
}

export interface S3UploadStoreDependencies {
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  /** Milliseconds since 1970: signatures hold the time. */
  readonly wallClock: () => number;
  readonly fetch: typeof fetch;
}

/** A connection that went away while a Lambda was frozen fails the first request over it. */
const ATTEMPTS = 2;
/** Of an error's XML; S3's own are below 1 kB. */
const MAX_ERROR_BYTES = 16_384;

/**
 * Uploads in a bucket. Clients PUT with a presigned URL whose signature includes Content-Length and Content-Type: so S3
 * holds exactly what was announced, where a POST policy bounds the size by a range and wants a multipart form.
 */
export class S3UploadStore implements UploadStore {
  readonly #options: S3UploadStoreOptions;
  readonly #dependencies: S3UploadStoreDependencies;

  constructor(options: S3UploadStoreOptions, dependencies: S3UploadStoreDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async sign({ key, contentType, sizeBytes }: UploadAnnouncement, call: CallContext): Promise<SignedUpload> {
    const { publicBucket, expiresSeconds } = this.#options;
    const headers = { 'content-type': contentType, 'content-length': String(sizeBytes) };
    const url = new URL(publicBucket.urlOf(key));
    url.searchParams.set('X-Amz-Expires', String(expiresSeconds));
    const now = this.#dependencies.wallClock();
    // `allHeaders`: aws4fetch leaves out these two, since proxies may change them; then S3 would not look at them.
    const request = { method: 'PUT', url: url.href, headers, signQuery: true, allHeaders: true };
    const signer = await this.#signer(publicBucket, request, call);
    const signed = await signer.sign();
    return { method: 'PUT', url: signed.url.href, headers, expiresAt: now + expiresSeconds * 1_000 };
  }

  async read(key: string, call: CallContext): Promise<StoredUpload> {
    const { timeoutMs } = this.#options;
    const timeout = new AbortController();
    const expire = (): void => timeout.abort(deadlineExceeded(`the upload could not be read within ${timeoutMs} ms`));
    using _ = this.#dependencies.clock.schedule(timeoutMs, expire);
    const signal = AbortSignal.any([call.signal, timeout.signal]);
    try {
      return await this.#readAnswer(key, await this.#get(key, { ...call, signal }));
    } catch (reason) {
      throw signal.aborted ? signal.reason : StatusError.is(reason) ? reason : this.#unavailable(reason);
    }
  }

  async #get(key: string, call: CallContext): Promise<Response> {
    const { signal } = call;
    const signer = await this.#signer(
      this.#options.bucket,
      { method: 'GET', url: this.#options.bucket.urlOf(key) },
      call,
    );
    const { url, headers } = await signer.sign();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#dependencies.fetch(url, { headers, signal, redirect: 'manual' });
      } catch (reason) {
        if (signal.aborted || attempt === ATTEMPTS) {
          throw reason;
        }
      }
    }
  }

  async #signer(
    { region }: S3Bucket,
    request: Omit<ConstructorParameters<typeof AwsV4Signer>[0], 'accessKeyId' | 'secretAccessKey'>,
    { signal }: CallContext,
  ): Promise<AwsV4Signer> {
    const { accessKeyId, secretAccessKey, sessionToken } = await untilAborted(this.#dependencies.credentials(), signal);
    const datetime = new Date(this.#dependencies.wallClock()).toISOString().replace(/[:-]|\.\d{3}/g, '');
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
    return new AwsV4Signer({ ...request, ...credentials, service: 's3', region, datetime });
  }

  async #readAnswer(key: string, answer: Response): Promise<StoredUpload> {
    const { maxBytes } = this.#options;
    if (answer.status !== 200) {
      throw await this.#refusal(key, answer);
    }
    const declared = Number(answer.headers.get('content-length') ?? 0);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (Math.max(size, declared) > maxBytes) {
        throw payloadTooLarge(`the upload has ${Math.max(size, declared)} bytes or more, the limit is ${maxBytes}`);
      }
      chunks.push(chunk);
    }
    return { contentType: answer.headers.get('content-type') ?? '', bytes: Buffer.concat(chunks, size) };
  }

  /** What an answer other than 200 means; its words are for the log only. */
  async #refusal(key: string, answer: Response): Promise<Error> {
    const { status } = answer;
    const code = await errorCodeOf(answer);
    if (status === 404 && code !== 'NoSuchBucket') {
      return noSuchUpload(key);
    }
    if (status >= 500 || status === 429) {
      return this.#unavailable(`${status} ${code}`);
    }
    // 403 is also S3's answer for a key that does not exist to those who may not list the bucket.
    return internal(`the store of uploads answered ${status} ${code}: see the bucket's name, region and rights`);
  }

  #unavailable(cause: unknown): StatusError {
    return unavailable('the store of uploads did not answer properly', {}, cause);
  }
}

/** `NoSuchKey` of `<Error><Code>NoSuchKey</Code>...`; empty where there is none. */
async function errorCodeOf(answer: Response): Promise<string> {
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString('latin1');
    if (text.length > MAX_ERROR_BYTES) {
      break;
    }
  }
  return /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1] ?? '';
}
