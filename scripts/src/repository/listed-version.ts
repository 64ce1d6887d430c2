import type { Version } from '@tensorfleet/core';
import type { IndexedModel, Manifest } from '@tensorfleet/repository';

/**
 * `published`: servers can load it. `uploading`: a publisher claims it. `uploaded`: files that no index names.
 * `rejected`: files that can be no version.
 */
export type VersionState = 'published' | 'uploading' | 'uploaded' | 'rejected' | 'retired';

export interface ListedVersion {
  readonly version: Version;
  readonly state: VersionState;
  /** Unknown for what no manifest lists. */
  readonly bytes: number | undefined;
  /** Milliseconds since the epoch. */
  readonly publishedAt: number | undefined;
  readonly metrics: Manifest['metrics'];
  /** Why it is rejected. */
  readonly reason: string | undefined;
}

export interface ListedModel {
  readonly name: string;
  /** Newest first. */
  readonly versions: readonly ListedVersion[];
  /** What the index says of it. */
  readonly indexed: IndexedModel | undefined;
}
