import type { RolloutBounds } from '../format/rollout.ts';
import type { RolloutWindow, VersionWindow } from './rollout-window.ts';

/** A bound that a candidate has left. */
export interface BrokenBound {
  readonly metric: 'error_rate' | 'refusal_rate' | 'p99_ms' | 'p99_ratio' | 'disagreement';
  /** One line: metric, value, bound. */
  readonly reason: string;
}

/** How many standard deviations the rates of two versions are apart before it is no accident. */
const SIGNIFICANT_DEVIATIONS = 3;

/** The first bound that is broken by at least `minRequests` requests, or compared answers. */
export function brokenBound(bounds: RolloutBounds, window: RolloutWindow): BrokenBound | undefined {
  return (
    errorRate(bounds, window) ??
    refusalRate(bounds, window) ??
    p99(bounds, window) ??
    p99Ratio(bounds, window) ??
    disagreement(bounds, window)
  );
}

function errorRate(
  { maxErrorRate, minRequests }: RolloutBounds,
  { candidate }: RolloutWindow,
): BrokenBound | undefined {
  const { requests, failures } = candidate;
  if (maxErrorRate === undefined || requests < minRequests || failures / requests <= maxErrorRate) {
    return undefined;
  }
  return {
    metric: 'error_rate',
    reason: `error rate ${rate(failures / requests)} (${failures} of ${requests} requests) is above ${maxErrorRate}`,
  };
}

/**
 * Callers make as many mistakes whoever answers them. A candidate that finds more than the baseline does has another
 * signature: these callers make none.
 */
function refusalRate(
  { maxErrorRate, minRequests }: RolloutBounds,
  { candidate, baseline }: RolloutWindow,
): BrokenBound | undefined {
  const [many, few] = [allOf(candidate), allOf(baseline)];
  if (maxErrorRate === undefined || many < minRequests || few < minRequests) {
    return undefined;
  }
  const [refused, usual] = [candidate.refusals / many, baseline.refusals / few];
  const both = (candidate.refusals + baseline.refusals) / (many + few);
  const deviation = Math.sqrt(both * (1 - both) * (1 / many + 1 / few));
  if (refused - usual <= maxErrorRate + SIGNIFICANT_DEVIATIONS * deviation) {
    return undefined;
  }
  const value = `refusal rate ${rate(refused)} (${candidate.refusals} of ${many} requests)`;
  return {
    metric: 'refusal_rate',
    reason: `${value} is above the baseline's ${rate(usual)} by more than ${maxErrorRate}`,
  };
}

function p99({ maxP99Ms, minRequests }: RolloutBounds, { candidate }: RolloutWindow): BrokenBound | undefined {
  const { requests, p99Ms } = candidate;
  return maxP99Ms === undefined || requests < minRequests || p99Ms === undefined || p99Ms <= maxP99Ms
    ? undefined
    : { metric: 'p99_ms', reason: `p99 ${milliseconds(p99Ms)} (${requests} requests) is above ${maxP99Ms} ms` };
}

/** Nothing is concluded from a baseline that has hardly any requests, as at the last step. */
function p99Ratio(
  { maxP99Ratio, minRequests }: RolloutBounds,
  { candidate, baseline }: RolloutWindow,
): BrokenBound | undefined {
  const [own, usual] = [candidate.p99Ms, baseline.p99Ms];
  if (maxP99Ratio === undefined || own === undefined || usual === undefined) {
    return undefined;
  }
  const areKnown = candidate.requests >= minRequests && baseline.requests >= minRequests;
  if (!areKnown || own <= maxP99Ratio * usual) {
    return undefined;
  }
  const by = `${milliseconds(own)} by the baseline's ${milliseconds(usual)}`;
  return { metric: 'p99_ratio', reason: `p99 ratio ${rate(own / usual)} (${by}) is above ${maxP99Ratio}` };
}

function disagreement(
  { maxDisagreement, minRequests }: RolloutBounds,
  { comparisons, disagreements }: RolloutWindow,
): BrokenBound | undefined {
  const value = disagreements / comparisons;
  return maxDisagreement === undefined || comparisons < minRequests || value <= maxDisagreement
    ? undefined
    : {
        metric: 'disagreement',
        reason: `disagreement ${rate(value)} (${disagreements} of ${comparisons} answers) is above ${maxDisagreement}`,
      };
}

function allOf({ requests, refusals }: VersionWindow): number {
  return requests + refusals;
}

/** Three digits, so that a line stays a line. */
function rate(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function milliseconds(value: number): string {
  return `${rate(value)} ms`;
}
