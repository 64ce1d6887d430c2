import type { Version } from '@tensorfleet/core';
import type { LabelTarget } from '@tensorfleet/repository';

/** What a model has in a repository. */
export interface ModelVersions {
  /** Ascending; none for a model that is not there. */
  readonly versions: readonly Version[];
  readonly labels: ReadonlyMap<string, LabelTarget>;
}

/** The versions of one model in a repository, wherever that is. Methods reject with the disk's or the store's StatusError. */
export interface PublishedVersions {
  list(signal: AbortSignal): Promise<ModelVersions>;
  /** Bytes of the files of a version that is listed. */
  size(version: Version, signal: AbortSignal): Promise<number>;
  /** A directory with the files of a version that is listed; `into` is an empty directory that may be used for it. */
  fetch(version: Version, into: string, signal: AbortSignal): Promise<string>;
}
