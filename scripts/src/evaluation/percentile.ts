/** The nearest-rank percentile of ascending values, `fraction` in 0..1; NaN for no values. */
export function percentile(ascending: Float64Array, fraction: number): number {
  const rank = Math.ceil(fraction * ascending.length);
  return ascending[Math.max(rank, 1) - 1] ?? Number.NaN;
}
