import { type CallContext, unimplemented } from '@tensorfleet/core';

/** What a client announces. */
export interface UploadAnnouncement {
  readonly key: string;
  /** As it is kept, and answered by `read`: a media type without parameters. */
  readonly contentType: string;
  readonly sizeBytes: number;
}

/** One request that a client without credentials may send to the store. */
export interface SignedUpload {
  readonly method: 'PUT';
  readonly url: string;
  /** To be sent exactly so: the signature is about them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The store takes the request until then; milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface StoredUpload {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** Where requests lie that are too large for the way to the gateway. Passes test/contract/upload-store.contract.ts. */
export interface UploadStore {
  /**
   * A request that puts `sizeBytes` bytes of `contentType` under `key`; the store itself refuses any other size, type or
   * key, and the request after its time.
   */
  sign(upload: UploadAnnouncement, call: CallContext): Promise<SignedUpload>;
  /**
   * What lies under `key`. Rejects with NOT_FOUND when nothing does, RESOURCE_EXHAUSTED (HTTP 413) beyond the store's
   * limit of bytes, of which it never holds more, UNAVAILABLE when the store fails, DEADLINE_EXCEEDED when it takes too
   * long, and with the signal's reason as soon as the call is over.
   */
  read(key: string, call: CallContext): Promise<StoredUpload>;
}

/** The store. Throws UNIMPLEMENTED where there is none. */
export function uploadsOf(store: UploadStore | undefined): UploadStore {
  if (store === undefined) {
    throw unimplemented('this gateway takes no uploads: its UPLOAD_BUCKET is not set');
  }
  return store;
}
