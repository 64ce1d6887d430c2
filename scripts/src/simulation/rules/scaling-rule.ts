import type { MetricView } from '../cloudwatch.ts';

export interface Capacity {
  /** Tasks that are wanted now, those that are starting included. */
  readonly desired: number;
  /** Tasks whose server runs. */
  readonly running: number;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Decides how many tasks there are to be. It remembers what its service remembers, and only that. */
export interface ScalingRule {
  /** How often the service looks; milliseconds. */
  readonly everyMs: number;
  /** The tasks wanted from now on. */
  decide(view: MetricView, capacity: Capacity): number;
}

export function within({ min, max }: Bounds, tasks: number): number {
  return Math.min(Math.max(tasks, min), max);
}
