import type { Rollout } from '../format/rollout.ts';

/**
 * Whether `later` is the rollout that `seen` was, perhaps some steps further on, and not another one of the same
 * versions that was started since.
 */
export function isSameRun(seen: Rollout, later: Rollout): boolean {
  const isSamePair =
    seen.label === later.label && seen.baseline === later.baseline && seen.candidate === later.candidate;
  const isOn = later.step === seen.step ? later.stepSince === seen.stepSince : later.step > seen.step;
  return isSamePair && isOn;
}
