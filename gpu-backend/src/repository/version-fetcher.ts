import type { Version } from '@tensorfleet/core';
import type { ObjectStore } from '@tensorfleet/repository';

/** One file of a version in an object store. */
export interface VersionObject {
  /** Below the version's directory, with forward slashes; `isVersionPath` holds for it. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex, where a manifest lists it. */
  readonly sha256?: string;
  /** The object's, where no manifest lists it: what is fetched has this etag. */
  readonly etag?: string;
}

export interface FetchRequest {
  readonly store: ObjectStore;
  readonly model: string;
  readonly version: Version;
  /** Of the keys of all files, with a slash at its end: `mnist/7/`. */
  readonly prefix: string;
  /** Without the manifest. Every file has a digest or an etag; paths are all different, and none is another's directory. */
  readonly files: readonly VersionObject[];
  /** The text of the version's `manifest.json`, which is put beside the files. */
  readonly manifestText?: string;
}

export interface FetchedVersion {
  /** Absolute path, another one for every fetch. */
  readonly directory: string;
  /** Bytes of this fetch that came from the store; 0 when everything was on the disk. */
  readonly receivedBytes: number;
}

/** Brings versions from object stores onto the local disk. */
export interface VersionFetcher {
  /**
   * Resolves when all files lie in a directory of their own, each with the size, and the digest or etag, that is asked
   * for. The same content again, by any model or version, costs no transfer. Not called for two directories of the
   * same model and version of one store at the same time.
   *
   * Rejects with StatusError: DATA_LOSS for content that is not what was asked for, ABORTED for an object that has
   * changed since it was listed, NOT_FOUND for one that is gone, RESOURCE_EXHAUSTED for a disk that is full, CANCELLED
   * after `signal`, and with what the store says. What has arrived stays for the next try.
   */
  fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchedVersion>;
  /** The directory is not needed any more, and may be removed at once. Idempotent; unknown directories are no error. */
  release(directory: string): void;
  /** Aborts what runs and gives all directories back; what was fetched stays for the next process. Idempotent. */
  close(): Promise<void>;
}
