import type { Version } from '@tensorfleet/core';
import type { Manifest } from '@tensorfleet/repository';
import type { FetchRequest } from '../version-fetcher.ts';

/** What a version is made of. */
export interface DescribedVersion extends Pick<FetchRequest, 'prefix' | 'files' | 'manifestText'> {
  readonly manifest?: Manifest;
  /** Looks at what has arrived. Rejects when it is not all of the version. */
  readonly check?: (directory: string) => Promise<void>;
}

/** A version of an object store as far as it is known before it is fetched. */
export interface VersionContent {
  readonly version: Version;
  /** The same for the same content. */
  readonly id: string;
  /** How it looked: a download that has failed is worth another try at once when this is another. */
  readonly look: string;
  /** May read the store. Rejects when it is not what it should be. */
  describe(signal: AbortSignal): Promise<DescribedVersion>;
}
