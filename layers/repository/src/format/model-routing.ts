import type { Version } from '@tensorfleet/core';
import type { Rollout } from './rollout.ts';

/** Versions that share a label's requests, with their weights: positive, of any sum. Ascending by version. */
export type VersionWeights = ReadonlyMap<Version, number>;

/** What a label stands for. */
export type LabelTarget = Version | VersionWeights;

/** A version that is asked as well; its answers are compared and counted, never returned. */
export interface Shadow {
  readonly version: Version;
  /** The share of requests that it sees, above 0 to 100. */
  readonly percent: number;
}

/** Who answers a model's requests. */
export interface ModelRouting {
  readonly labels: ReadonlyMap<string, LabelTarget>;
  readonly shadow?: Shadow;
  readonly rollout?: Rollout;
}

/** Requests that name neither version nor label are answered by this label, where a model has it. */
export const STABLE = 'stable';

/** Every version that a target names, ascending. */
export function versionsOf(target: LabelTarget): readonly Version[] {
  return typeof target === 'number' ? [target] : [...target.keys()];
}

/** Every version that a model's routing names: they are served whatever else the policy wants. */
export function routedVersions({ labels, shadow, rollout }: ModelRouting): ReadonlySet<Version> {
  return new Set([
    ...[...labels.values()].flatMap(versionsOf),
    ...(shadow === undefined ? [] : [shadow.version]),
    ...(rollout?.state === 'running' ? [rollout.baseline, rollout.candidate] : []),
  ]);
}
