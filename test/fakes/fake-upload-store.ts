import { type CallContext, notFound, payloadTooLarge } from '@tensorfleet/core';
import type {
  SignedUpload,
  StoredUpload,
  UploadAnnouncement,
  UploadStore,
} from '../../functions/src/gateway/uploads/upload-store.ts';

/** How long a signed request of the fake may be sent. */
export const FAKE_EXPIRES_MS = 900_000;

/** Uploads in memory; `send` is what a client does with a signed request. */
export class FakeUploadStore implements UploadStore {
  readonly objects = new Map<string, StoredUpload>();
  /** Keys that were read, in order. */
  readonly reads: string[] = [];
  /** Runs before a key is read: a delay, or an error of the store. */
  before: (key: string) => void | Promise<void> = () => undefined;
  /** Milliseconds since 1970. */
  now = Date.UTC(2026, 0, 1);
  readonly #maxBytes: number;
  readonly #signed = new Map<string, UploadAnnouncement & { readonly expiresAt: number }>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async sign(upload: UploadAnnouncement, { signal }: CallContext): Promise<SignedUpload> {
    signal.throwIfAborted();
    const expiresAt = this.now + FAKE_EXPIRES_MS;
    const url = `https://uploads.example/${upload.key}?signature=${this.#signed.size}`;
    this.#signed.set(url, { ...upload, expiresAt });
    const headers = { 'content-type': upload.contentType, 'content-length': String(upload.sizeBytes) };
    return { method: 'PUT', url, headers, expiresAt };
  }

  async read(key: string, { signal }: CallContext): Promise<StoredUpload> {
    signal.throwIfAborted();
    this.reads.push(key);
    await this.before(key);
    const stored = this.objects.get(key);
    if (stored === undefined) {
      throw notFound(`there is no upload ${JSON.stringify(key)}`);
    }
    if (stored.bytes.length > this.#maxBytes) {
      throw payloadTooLarge(`the upload has ${stored.bytes.length} bytes, the limit is ${this.#maxBytes}`);
    }
    return stored;
  }

  /** The status with which the store answers. */
  async send(url: string, contentType: string, bytes: Uint8Array): Promise<number> {
    const signed = this.#signed.get(url);
    const isAsSigned = signed?.contentType === contentType && signed.sizeBytes === bytes.length;
    if (signed === undefined || !isAsSigned || this.now > signed.expiresAt) {
      return 403;
    }
    this.objects.set(signed.key, { contentType, bytes });
    return 200;
  }
}
