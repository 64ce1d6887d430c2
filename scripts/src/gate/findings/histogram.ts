/** How many values lie between each pair of edges; the bins are of equal ratio, so that one slow request spoils nothing. */
export interface Histogram<Name extends string = string> {
  /** Ascending, one more than bins. */
  readonly edges: readonly number[];
  readonly counts: Readonly<Record<Name, readonly number[]>>;
}

/** What a clock cannot tell from nothing; milliseconds. */
const LEAST = 0.01;

/** How far the edges of a lone bin are from the value that all have. */
const LONE_BIN_RATIO = 1.1;

/** Series of values in common bins; a single bin where all are equal, undefined where there are none. */
export function histogramOf<Name extends string>(
  series: Readonly<Record<Name, readonly number[]>>,
  bins: number,
): Histogram<Name> | undefined {
  const all = Object.values<readonly number[]>(series).flat();
  if (all.length === 0) {
    return undefined;
  }
  const least = all.reduce((lowest, value) => Math.min(lowest, value));
  const most = all.reduce((highest, value) => Math.max(highest, value));
  const [low, high, count] = rangeOf(Math.max(LEAST, least), Math.max(LEAST, most), bins);
  const ratio = Math.log(high / low) / count;
  const edges = Array.from({ length: count + 1 }, (_, i) => low * Math.exp(ratio * i));
  const binOf = (value: number): number =>
    Math.min(count - 1, Math.max(0, Math.floor(Math.log(Math.max(LEAST, value) / low) / ratio)));
  const counted = Object.entries<readonly number[]>(series).map(([name, values]) => {
    const counts = new Uint32Array(count);
    for (const value of values) {
      const bin = binOf(value);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return [name, [...counts]] as const;
  });
  return { edges, counts: Object.fromEntries(counted) as Record<Name, readonly number[]> }; // the names of `series`
}

function rangeOf(low: number, high: number, bins: number): readonly [low: number, high: number, bins: number] {
  return high > low ? [low, high, bins] : [low / LONE_BIN_RATIO, low * LONE_BIN_RATIO, 1];
}
