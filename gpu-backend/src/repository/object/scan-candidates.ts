import type { StatusError, Version } from '@tensorfleet/core';
import type { FoundVersions, ModelVersion } from '../model-repository.ts';
import { type ServableVersionPolicy, wantsToKnow } from '../servable-version-policy.ts';
import type { Candidates } from './candidates.ts';
import type { Downloads } from './downloads.ts';
import type { Verdict } from './version-listing.ts';

export interface Scanned extends Pick<FoundVersions, 'complete' | 'settling'> {
  /** Why versions are left out. */
  readonly problems: ReadonlyMap<Version, string>;
  /** Of the highest version whose download failed. */
  readonly error: StatusError | undefined;
}

/**
 * Goes through a model's versions from the highest down and begins to download what the policy wants. A version on its
 * way counts as one that will be there, so that none below it is fetched in vain; what is there already stays until then.
 */
export async function scanCandidates(
  candidates: Candidates,
  policy: ServableVersionPolicy,
  downloads: Downloads,
): Promise<Scanned> {
  const { place, routed } = candidates;
  const complete: ModelVersion[] = [];
  const settling: Version[] = [];
  const problems = new Map<Version, string>();
  let coming = 0;
  let error: StatusError | undefined;
  for (const version of [...candidates.versions].toSorted((a, b) => b - a)) {
    const keeps = downloads.isReady(place, version) && wantsToKnow(policy, complete.length, version);
    if (!keeps && !routed.has(version) && !wantsToKnow(policy, complete.length + coming, version)) {
      continue;
    }
    const { found, ...state } = standingOf(candidates, version, await candidates.verdict(version), downloads);
    if (found !== undefined) {
      complete.push(found);
    } else if (state.kind === 'settling' || state.kind === 'loading') {
      settling.push(version);
      coming += state.kind === 'loading' ? 1 : 0;
    }
    if (state.problem !== undefined) {
      problems.set(version, `version ${version} of model "${place.model}" is left out: ${state.problem}`);
    }
    error ??= state.error;
  }
  return { complete: complete.toReversed(), settling, problems, error };
}

interface State {
  readonly kind: 'ready' | 'loading' | 'settling' | 'out';
  readonly found?: ModelVersion | undefined;
  readonly problem?: string;
  readonly error?: StatusError;
}

function standingOf({ place, graceMs }: Candidates, version: Version, verdict: Verdict, downloads: Downloads): State {
  switch (verdict.kind) {
    case 'settling':
      return { kind: 'settling', found: downloads.doubt(place, version, Number.POSITIVE_INFINITY) };
    case 'incomplete':
      return { kind: 'out', found: downloads.doubt(place, version, graceMs), problem: verdict.reason };
    case 'content': {
      const standing = downloads.want(place, verdict.content);
      return standing.kind === 'failed'
        ? { kind: 'out', found: standing.found, problem: standing.error.message, error: standing.error }
        : standing;
    }
  }
}
