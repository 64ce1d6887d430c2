import { type HarnessState, isOver } from './harness-state.ts';
import type { ServableId } from './servable.ts';

export interface VersionSnapshot {
  readonly id: ServableId;
  readonly state: HarnessState;
  readonly aspired: boolean;
}

export interface VersionAction {
  readonly kind: 'load' | 'unload';
  readonly id: ServableId;
}

/**
 * Decides the next step from the versions of one name to the aspired ones, or that there is none now.
 *
 * Pure: equal snapshots give equal actions. Loads only versions that are new and aspired, unloads only
 * versions that are ready and not aspired; asked again after each step, it must end with every version
 * unloaded when none is aspired.
 */
export type AspiredVersionPolicy = (versions: readonly VersionSnapshot[]) => VersionAction | undefined;

/**
 * Keeps a version serving at the price of memory for two: an old version goes only when an aspired one is
 * ready, when another old one is ready too, or when nothing is aspired any more; and not while the same version loads
 * from another place.
 */
export const availabilityPreserving: AspiredVersionPolicy = (versions) => {
  const aspired = versions.filter((version) => version.aspired);
  const stale = versions.filter((version) => isReadyButNotAspired(version) && !hasSuccessor(version, aspired));
  const isServedWithoutOne = aspired.some((version) => version.state === 'ready') || stale.length > 1;
  if (aspired.length === 0 || isServedWithoutOne) {
    const lowest = lowestVersion(stale);
    if (lowest !== undefined) {
      return { kind: 'unload', id: lowest.id };
    }
  }
  return loadHighestNew(versions);
};

/**
 * Keeps memory low at the price of a gap in serving: loads only when every version that is not aspired is gone.
 */
export const resourcePreserving: AspiredVersionPolicy = (versions) => {
  const stale = versions.find(isReadyButNotAspired);
  if (stale !== undefined) {
    return { kind: 'unload', id: stale.id };
  }
  const isTearingDown = versions.some((version) => !version.aspired && !isOver(version.state));
  return isTearingDown ? undefined : loadHighestNew(versions);
};

function isReadyButNotAspired(version: VersionSnapshot): boolean {
  return version.state === 'ready' && !version.aspired;
}

/** Whether the same version is about to be loaded from another place. */
function hasSuccessor({ id }: VersionSnapshot, aspired: readonly VersionSnapshot[]): boolean {
  return aspired.some(({ id: other, state }) => other.version === id.version && state !== 'ready' && !isOver(state));
}

function loadHighestNew(versions: readonly VersionSnapshot[]): VersionAction | undefined {
  const fresh = versions.filter((version) => version.aspired && version.state === 'new');
  const highest = fresh.reduce<VersionSnapshot | undefined>(
    (best, next) => (best === undefined || next.id.version > best.id.version ? next : best),
    undefined,
  );
  return highest === undefined ? undefined : { kind: 'load', id: highest.id };
}

function lowestVersion(versions: readonly VersionSnapshot[]): VersionSnapshot | undefined {
  return versions.reduce<VersionSnapshot | undefined>(
    (best, next) => (best === undefined || next.id.version < best.id.version ? next : best),
    undefined,
  );
}
