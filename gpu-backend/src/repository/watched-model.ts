import type { StatusError, Version } from '@tensorfleet/core';
import type { ModelRouting } from '@tensorfleet/repository';
import type { ServableVersionPolicy } from './servable-version-policy.ts';

/** How a model is to be watched. */
export interface WatchedModel {
  readonly policy: ServableVersionPolicy;
  /** Where its versions are; default: where the repository has them. */
  readonly basePath?: string;
  /** Versions that stay as they are while they are aspired to, whatever the policy wants and the directory holds. */
  readonly held?: readonly Version[];
}

/** What is known about a watched model. */
export interface ModelState {
  /** What is aspired to, ascending. */
  readonly versions: readonly Version[];
  /** Those of them that stay only because they are held. */
  readonly held: readonly Version[];
  /** The first look since the model was configured, or since `lookAgain`, is still to come to a result. */
  readonly isPending: boolean;
  /** Versions whose files may still be changing: the next look tells. */
  readonly settling: readonly Version[];
  /** Who answers its requests, where the repository says so. */
  readonly routing?: ModelRouting;
  /** Why the last scan failed, or found nothing that the policy wants. */
  readonly error?: StatusError;
}
