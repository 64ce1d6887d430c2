import type { Version } from '@tensorfleet/core';
import { type IndexedModel, type ObjectStore, routedVersions } from '@tensorfleet/repository';
import type { Downloads, ModelPlace } from './downloads.ts';
import type { ListedModel } from './listed-model.ts';
import { indexedContent } from './published-content.ts';
import type { Verdict } from './version-listing.ts';

/** A version that was complete may be missing from listings for so long. */
const VERSION_GRACE_MS = 30_000;

/** The versions that a model may have, and what is known of each. */
export interface Candidates {
  readonly place: ModelPlace;
  /** In any order. */
  readonly versions: Iterable<Version>;
  readonly verdict: (version: Version) => Verdict | Promise<Verdict>;
  /** Versions that are wanted whatever the policy says. */
  readonly routed: ReadonlySet<Version>;
  /** How long a version that was complete stays while the store does not show it so; milliseconds. */
  readonly graceMs: number;
  /** Nothing of the model is there. */
  readonly isGone: boolean;
}

/** The versions that an index names: they are complete. */
export function indexedCandidates(store: ObjectStore, place: ModelPlace, indexed: IndexedModel): Candidates {
  return {
    place,
    versions: indexed.versions.keys(),
    verdict: (version) => {
      const entry = indexed.versions.get(version);
      return entry === undefined
        ? { kind: 'incomplete', reason: 'the index does not name it' }
        : { kind: 'content', content: indexedContent(store, place.directory, version, entry) };
    },
    routed: routedVersions(indexed),
    graceMs: 0,
    isGone: false,
  };
}

/** The versions that a listing shows, and those that earlier ones have shown. */
export async function listedCandidates(
  place: ModelPlace,
  listed: ListedModel,
  downloads: Downloads,
): Promise<Candidates> {
  const versions = new Set([...(await listed.versions()), ...downloads.readyVersions(place)]);
  return {
    place,
    versions,
    verdict: (version) => listed.verdict(version),
    routed: new Set(),
    graceMs: VERSION_GRACE_MS,
    isGone: versions.size === 0 && !listed.isThere,
  };
}
