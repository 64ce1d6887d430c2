/** One object as a listing shows it. Keys are relative to the store's root, with forward slashes. */
export interface ObjectFacts {
  readonly key: string;
  readonly bytes: number;
  /** Changes with every write; opaque. */
  readonly etag: string;
}

/** What `get` found. `unchanged`: the object still has the etag that the caller knows. */
export type Fetched =
  | { readonly kind: 'found'; readonly data: Uint8Array; readonly etag: string }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'missing' };

/** A write that happens only if the object is as the writer last saw it; otherwise it rejects with ABORTED. */
export type WriteCondition = { readonly ifAbsent: true } | { readonly ifEtag: string };

export interface GetOptions {
  /** Answers `unchanged` when the object still has this etag: nothing but headers travels. */
  readonly unlessEtag?: string;
  /** Larger objects are refused with RESOURCE_EXHAUSTED before their bytes are read. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface ReadOptions {
  /** First byte, default 0. */
  readonly start?: number;
  /** Byte after the last one, default: the end of the object. */
  readonly end?: number;
  /** Rejects with ABORTED when the object has another etag. */
  readonly etag?: string;
  readonly signal?: AbortSignal;
}

export interface UploadSource {
  /** A file on this disk. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. Kept with the object, so that `head` can tell it. */
  readonly sha256: string;
}

export interface UploadOptions {
  /** Called with the bytes of each piece that is stored. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  /** With `/`, what lies deeper is summed up by its prefix: a shallow listing. Default: everything below. */
  readonly delimiter?: '/';
  readonly signal?: AbortSignal;
}

/** One page of a listing. `prefixes` end with the delimiter. */
export interface ListPage {
  readonly objects: readonly ObjectFacts[];
  readonly prefixes: readonly string[];
}

/**
 * Objects under one root, as S3, Google Cloud Storage or a directory keep them. Reads see the last completed write; an
 * object is there completely or not at all. Requests are repeated a few times where that is safe.
 *
 * All methods reject with StatusError: UNAVAILABLE when the store cannot be reached or asks to slow down,
 * UNAUTHENTICATED for missing or expired credentials, PERMISSION_DENIED, NOT_FOUND for a missing bucket or, where an
 * object must be there, a missing object, ABORTED for a condition that does not hold, DATA_LOSS for a body that is not
 * what its headers say, CANCELLED after `signal`. Messages name the store's URL and the key.
 */
export interface ObjectStore {
  /** The root as people write it, without a slash at its end: `s3://bucket/prefix`. */
  readonly url: string;
  /** A whole object, of a size that memory bears. */
  get(key: string, options: GetOptions): Promise<Fetched>;
  /** A part of an object, as it comes; exactly `end - start` bytes or an error. */
  read(key: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /** Undefined for a missing object; `sha256` is that of its `upload`, if it had one. */
  head(key: string, signal?: AbortSignal): Promise<(ObjectFacts & { readonly sha256?: string }) | undefined>;
  /** Writes a small object and resolves with its etag. */
  put(key: string, data: Uint8Array, condition?: WriteCondition, signal?: AbortSignal): Promise<string>;
  /**
   * Stores a file of any size in bounded memory and replaces what was there. What is there already is not sent again.
   * Rejects with FAILED_PRECONDITION, and stores nothing, when the file is no longer what `source` says.
   */
  upload(key: string, source: UploadSource, options?: UploadOptions): Promise<void>;
  /** The objects whose keys begin with `prefix`, which is empty or ends with `/`; in order of keys. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListPage>;
  /** Deleting what is not there is no error. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** Ends its connections. Idempotent. */
  close(): void;
}

export type StoreOperation = 'get' | 'read' | 'head' | 'put' | 'upload' | 'list' | 'delete';

/** One request that a store has answered or failed, retries counted one by one. */
export interface StoreRequest {
  readonly operation: StoreOperation;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** What was wrong, as metrics and logs name it: `slow_down`, `cut_off`, `wrong_length`, `expired_credentials`, ... */
  readonly fault?: string;
}

/** Told of every request; must not throw. */
export type StoreObserver = (request: StoreRequest) => void;
