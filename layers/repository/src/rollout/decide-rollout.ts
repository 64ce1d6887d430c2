import type { Rollout } from '../format/rollout.ts';
import { type BrokenBound, brokenBound } from './broken-bound.ts';
import type { RolloutWindow } from './rollout-window.ts';

const MS_PER_SECOND = 1000;

/** The candidate goes back; `reason` names metric, value and bound in one line. */
export interface RollBack extends BrokenBound {
  readonly kind: 'roll_back';
}

/** What is to be done about a rollout; `reason` is one line for people. */
export type RolloutAction =
  /** `step` is the index of the step to put in force. */
  | { readonly kind: 'step'; readonly step: number; readonly reason: string }
  | { readonly kind: 'done'; readonly reason: string }
  | RollBack;

export type RolloutDecision =
  | RolloutAction
  /** `until` is when to ask again, in milliseconds since the epoch; without it, when more has been seen. */
  | { readonly kind: 'stay'; readonly reason: string; readonly until?: number };

/**
 * Decides about a rollout by what has been seen of its versions. `now` is in milliseconds since the epoch.
 *
 * - A bound that is broken rolls back at any time; the one that is looked at first is named.
 * - With fewer than `minRequests` of the candidate, nothing bad is concluded and no step is taken: a rollout that
 *   nobody sends requests to stays where it is. With a bound on disagreement the same holds for compared answers.
 * - Each step, the last one too, lasts `stepSeconds` at least.
 * - What is not running stays as it is.
 */
export function decideRollout(rollout: Rollout, window: RolloutWindow, now: number): RolloutDecision {
  const { state, step, steps, stepSince, stepSeconds, bounds } = rollout;
  if (state !== 'running') {
    return { kind: 'stay', reason: state === 'done' ? 'the rollout is done' : 'the rollout is rolled back' };
  }
  const broken = brokenBound(bounds, window);
  if (broken !== undefined) {
    return { kind: 'roll_back', ...broken };
  }
  const until = stepSince + stepSeconds * MS_PER_SECOND;
  if (now < until) {
    return { kind: 'stay', reason: `step ${step + 1} of ${steps.length} lasts ${stepSeconds} seconds`, until };
  }
  const missing = missingEvidence(rollout, window);
  if (missing !== undefined) {
    return { kind: 'stay', reason: missing };
  }
  const reason = `${window.candidate.requests} requests in ${bounds.windowSeconds} seconds within all bounds`;
  return step === steps.length - 1 ? { kind: 'done', reason } : { kind: 'step', step: step + 1, reason };
}

function missingEvidence({ bounds }: Rollout, { candidate, comparisons }: RolloutWindow): string | undefined {
  const { minRequests, maxDisagreement, windowSeconds } = bounds;
  if (candidate.requests < minRequests) {
    return `the candidate had ${candidate.requests} requests in ${windowSeconds} seconds, min_requests is ${minRequests}`;
  }
  if (maxDisagreement !== undefined && comparisons < minRequests) {
    return `${comparisons} answers were compared in ${windowSeconds} seconds, min_requests is ${minRequests}`;
  }
  return undefined;
}
