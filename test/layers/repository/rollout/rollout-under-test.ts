import { version } from '@tensorfleet/core';
import type { Rollout, RolloutWindow, VersionWindow } from '@tensorfleet/repository';

/** Two steps of ten seconds each, with a bound of every kind. */
export const ROLLOUT: Rollout = {
  label: 'stable',
  baseline: version(12),
  candidate: version(13),
  steps: [10, 100],
  stepSeconds: 10,
  bounds: {
    windowSeconds: 60,
    minRequests: 20,
    maxErrorRate: 0.05,
    maxP99Ratio: 1.5,
    maxP99Ms: 80,
    maxDisagreement: 0.1,
  },
  step: 0,
  stepSince: 1_000,
  state: 'running',
};

/** A version that answers well: as `ROLLOUT` bounds it, with just enough requests. */
export function versionWindow(facts: Partial<VersionWindow> = {}): VersionWindow {
  return { requests: 20, failures: 0, refusals: 0, p99Ms: 40, ...facts };
}

export function rolloutWindow(
  candidate: Partial<VersionWindow> = {},
  facts: Partial<Omit<RolloutWindow, 'candidate' | 'baseline'>> & { baseline?: Partial<VersionWindow> } = {},
): RolloutWindow {
  const { baseline, ...compared } = facts;
  return {
    candidate: versionWindow(candidate),
    baseline: versionWindow(baseline),
    comparisons: 20,
    disagreements: 0,
    ...compared,
  };
}
