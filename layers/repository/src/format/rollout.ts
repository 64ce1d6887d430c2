import type { Version } from '@tensorfleet/core';

/** When a candidate is worse than may be, over the window; a bound that is not given does not count. */
export interface RolloutBounds {
  /** Seconds that are looked back on. */
  readonly windowSeconds: number;
  /** Fewer requests of the candidate in the window say nothing. */
  readonly minRequests: number;
  /** Failed by the share of answered, 0 to 1; requests that are the caller's mistake do not count. */
  readonly maxErrorRate?: number;
  /** The candidate's p99 latency by the baseline's. */
  readonly maxP99Ratio?: number;
  /** Milliseconds. */
  readonly maxP99Ms?: number;
  /** Share of mirrored answers that differ from the baseline's, 0 to 1. */
  readonly maxDisagreement?: number;
}

/**
 * A candidate on its way to all requests of a label, and how far it is. Written into the index; every server of the
 * fleet follows it, and any of them may take the next step or roll back: the index is written with a condition.
 */
export interface Rollout {
  readonly label: string;
  readonly baseline: Version;
  readonly candidate: Version;
  /** Percent of the requests, ascending; the last is 100. */
  readonly steps: readonly number[];
  /** How long each step lasts at least; seconds. */
  readonly stepSeconds: number;
  readonly bounds: RolloutBounds;
  /** Index of the step that is in force. */
  readonly step: number;
  /** When it began; milliseconds since the epoch. */
  readonly stepSince: number;
  readonly state: 'running' | 'done' | 'rolled_back';
}
