import { invalidArgument, parseVersion, type Version } from '@tensorfleet/core';

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

/**
 * A policy from its text: `latest`, `latest:2`, `all` or `specific:3,5`.
 * Throws INVALID_ARGUMENT for anything else.
 */
export function parseServableVersionPolicy(text: string): ServableVersionPolicy {
  const [kind = '', argument] = text.split(':', 2);
  const numbers = argument?.split(',').map((part) => parseVersion(part.trim()));
  const versions = numbers?.filter((number) => number !== undefined) ?? [];
  const isComplete = versions.length === (numbers?.length ?? 0);
  if (kind === 'all' && argument === undefined) {
    return all();
  }
  if (kind === 'latest' && isComplete && versions.length <= 1) {
    return latest(versions[0]);
  }
  if (kind === 'specific' && isComplete && versions.length > 0) {
    return specific(versions);
  }
  throw invalidArgument(`"${text}" is no version policy; one is latest, latest:2, all or specific:3,5`);
}

/** Whether a policy that has found `complete` versions, all higher, wants to know about `version`, too. */
export function wantsToKnow(policy: ServableVersionPolicy, complete: number, version: Version): boolean {
  switch (policy.kind) {
    case 'latest':
      return complete < policy.count;
    case 'all':
      return true;
    case 'specific':
      return policy.versions.includes(version);
  }
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
