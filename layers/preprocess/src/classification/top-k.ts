export interface RankedScore {
  readonly index: number;
  readonly score: number;
}

/** The `k` largest scores, best first; all of them when there are fewer. Ties by index, NaN comes last. */
export function topK(scores: Float64Array, k: number): readonly RankedScore[] {
  return Array.from(scores, (score, index): RankedScore => ({ index, score }))
    .sort((a, b) => compareScores(a.score, b.score))
    .slice(0, k);
}

function compareScores(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) {
    return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  }
  return a === b ? 0 : b - a; // the difference of equal infinities would be NaN
}
