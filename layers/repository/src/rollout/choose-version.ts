import { hash } from 'node:crypto';
import type { Version } from '@tensorfleet/core';
import type { VersionWeights } from '../format/model-routing.ts';

/** How far a request is into a version's share of them: 0 up to, not including, 1. */
export type UnitOf = (version: Version) => number;

const DIGITS = 12;
const UNITS = 16 ** DIGITS;

/**
 * The same number for the same key, model and version, on every server and in every language: the first 48 bits of the
 * SHA-256 of the UTF-8 text `<model>/<version>/<key>`, as a fraction of 2^48. No two models or versions choose the same
 * keys first.
 */
export function stickyUnit(model: string, version: Version, key: string): number {
  const digits = hash('sha256', `${model}/${version}/${key}`, 'hex').slice(0, DIGITS);
  return Number.parseInt(digits, 16) / UNITS;
}

/**
 * The version that answers. From the highest version down, each takes a request whose unit is below its part of its own
 * and the lower versions' weights; the lowest takes the rest. So raising the weight of the highest version only moves
 * requests to it: none that it had leaves it, and none moves between others. Throws for no versions.
 */
export function chooseVersion(weights: VersionWeights, unitOf: UnitOf): Version {
  const shares: { readonly version: Version; readonly share: number }[] = [];
  let sum = 0; // from below, so that a higher version's weight does not show in the rounding of lower ones' shares
  for (const [version, weight] of weights) {
    sum += weight;
    shares.push({ version, share: weight / sum });
  }
  // the lowest version's share is 1, and all units are below it
  const chosen = shares.findLast(({ version, share }, index) => index === 0 || unitOf(version) < share);
  if (chosen === undefined) {
    throw new RangeError('there are no versions to choose from');
  }
  return chosen.version;
}

/** The version that answers most requests; of equal ones the lowest. Throws for no versions. */
export function heaviestVersion(weights: VersionWeights): Version {
  const [first, ...rest] = weights;
  if (first === undefined) {
    throw new RangeError('there are no versions to choose from');
  }
  return rest.reduce((best, next) => (next[1] > best[1] ? next : best), first)[0];
}
