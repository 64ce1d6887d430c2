import type { Version } from '@tensorfleet/core';
import type { Manifest, ModelRouting, RepositoryIndex } from '@tensorfleet/repository';
import type { ServableVersionPolicy } from './servable-version-policy.ts';

/** One version of a model, complete in a local directory. */
export interface ModelVersion {
  readonly model: string;
  readonly version: Version;
  /** Absolute path of the directory that holds the files; stays valid while the version is aspired. */
  readonly directory: string;
  /** Total bytes of the version's files. */
  readonly bytes: number;
  readonly manifest?: Manifest;
}

/**
 * Pure, and perhaps called more than once; `name` is what the index calls the model. Returns the same object for no
 * change, throws to refuse.
 */
export type IndexChange = (index: RepositoryIndex, name: string) => RepositoryIndex;

/** What one scan of a model has found. */
export interface FoundVersions {
  /** Ascending. */
  readonly complete: readonly ModelVersion[];
  /** Versions that were wanted and look complete, though their files may still be changing: the next scan tells. */
  readonly settling: readonly Version[];
  /** Who answers the model's requests, where the repository says so: the versions that it names are wanted as well. */
  readonly routing?: ModelRouting;
}

/**
 * Where versions are published. Two scans that find nothing new return the same versions;
 * a version that is not complete (manifest digests differ, or its files were still changing) is left out.
 */
export interface ModelRepository {
  /** Names of the models that exist now, sorted. Throws StatusError when the root cannot be read. */
  models(): Promise<readonly string[]>;
  /**
   * The versions of one model. With a policy, versions that it does not want may be left out:
   * telling whether they are complete may mean reading all their bytes. With a base path the versions are there, and
   * not where the repository has those of this model. Throws NOT_FOUND when the model has no directory, and another
   * StatusError when it cannot be read; neither concerns other models.
   */
  scan(model: string, policy?: ServableVersionPolicy, basePath?: string): Promise<FoundVersions>;
  /** The model is not scanned any more: what scans have learnt about it is of no use. */
  forget(model: string): void;
  /** Scans that begin after this call see what is there now, not what was learnt shortly before. */
  refresh(): void;
  /**
   * Changes the index in which `scan` finds a model; absent where there is never one. Resolves with false when `change`
   * made none. Rejects with FAILED_PRECONDITION where there is no index, PERMISSION_DENIED where it may not be written,
   * and as `updateIndex` does.
   */
  update?(model: string, change: IndexChange, basePath?: string): Promise<boolean>;
  /** Calls back with the name of a model that is worth a scan before its turn: news of it has come. */
  watch(onNews: (model: string) => void): Disposable;
}
