import { percentile } from '../evaluation/percentile.ts';

/** What several samples of one thing say. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The mean of the two middle values where their number is even; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return (percentile(sorted, 0.5) + (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)) / 2;
}

export function summarise(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
