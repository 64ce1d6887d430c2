import { invalidArgument, type Version } from '@tensorfleet/core';

/** Which versions of a model to aspire to. In which order to get there is an AspiredVersionPolicy's business. */
export type ServableVersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'specific'; readonly versions: readonly Version[] };

/** The `count` highest versions; 0 counts as 1, as in TensorFlow Serving. */
export function latest(count = 1): ServableVersionPolicy {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw invalidArgument(`the policy latest wants a number of versions, not ${count}`);
  }
  return { kind: 'latest', count: Math.max(count, 1) };
}

/** Every version. */
export function all(): ServableVersionPolicy {
  return { kind: 'all' };
}

/** Exactly these versions; none of them means that nothing is served. */
export function specific(versions: readonly Version[]): ServableVersionPolicy {
  return { kind: 'specific', versions: [...new Set(versions)].toSorted((a, b) => a - b) };
}

export interface VersionSelection {
  /** Ascending, each once. */
  readonly aspired: readonly Version[];
  /** What the policy names and the repository does not have; ascending. */
  readonly missing: readonly Version[];
}

/** Applies a policy to the versions that exist, in any order. */
export function selectVersions(policy: ServableVersionPolicy, versions: readonly Version[]): VersionSelection {
  const existing = [...new Set(versions)].toSorted((a, b) => a - b);
  switch (policy.kind) {
    case 'latest':
      return { aspired: existing.slice(-policy.count), missing: [] };
    case 'all':
      return { aspired: existing, missing: [] };
    case 'specific':
      return {
        aspired: policy.versions.filter((version) => existing.includes(version)),
        missing: policy.versions.filter((version) => !existing.includes(version)),
      };
  }
}
