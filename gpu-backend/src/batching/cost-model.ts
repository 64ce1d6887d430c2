/** Learns from finished batches how long a batch takes. */
export interface CostModel {
  /** A batch of `rows` rows ran for `durationMs`. */
  observe(rows: number, durationMs: number): void;
  /** Expected milliseconds of a batch of `rows` rows; undefined while nothing observed says so. */
  predictMs(rows: number): number | undefined;
}

/** Weight that an observation keeps with each newer one: the last fifty or so decide. */
const DEFAULT_DECAY = 0.98;

/** Variance of the row counts, in rows squared, below which they count as one size and give no slope. */
const MIN_VARIANCE = 1e-3;

/**
 * Least squares of `duration = a + b * rows` with a, b >= 0, older observations weighing less. As long as all that it
 * remembers are batches of one size, it predicts for that size only.
 *
 * `decay`, in (0, 1], is the weight an observation keeps with each newer one.
 */
export function createLinearCostModel(decay: number = DEFAULT_DECAY): CostModel {
  // Weighted means and centred moments; plain sums of squares would lose their digits to cancellation.
  let weight = 0;
  let meanRows = 0;
  let meanMs = 0;
  let rowsMoment = 0;
  let crossMoment = 0;

  return {
    observe(rows, durationMs) {
      weight = weight * decay + 1;
      const rowsOff = rows - meanRows;
      meanRows += rowsOff / weight;
      meanMs += (durationMs - meanMs) / weight;
      rowsMoment = rowsMoment * decay + rowsOff * (rows - meanRows);
      crossMoment = crossMoment * decay + rowsOff * (durationMs - meanMs);
    },
    predictMs(rows) {
      if (weight === 0) {
        return undefined;
      }
      if (rowsMoment < MIN_VARIANCE * weight) {
        return rows === Math.round(meanRows) ? meanMs : undefined;
      }
      // Bounded on both sides, so that noise can give neither a negative slope nor a negative intercept.
      const perRowMs = Math.min(Math.max(crossMoment / rowsMoment, 0), meanMs / meanRows);
      return meanMs + perRowMs * (rows - meanRows);
    },
  };
}
