/** Learns from finished batches how long a batch takes. */
export interface CostModel {
  /** A batch of `rows` rows ran for `durationMs`. */
  observe(rows: number, durationMs: number): void;
  /** Expected milliseconds of a batch of `rows` rows; undefined before the first observation. */
  predictMs(rows: number): number | undefined;
  /** Rows beyond which a larger batch saves next to nothing per row; Infinity while that is not known. */
  worthwhileRows(): number;
}

/** Weight that an observation keeps with each newer one: the last fifty or so decide. */
const DEFAULT_DECAY = 0.98;

/** Variance of the row counts, in rows squared, below which they count as one size and give no slope. */
const MIN_VARIANCE = 1e-3;

/**
 * Longer than this times the expectation is no news but an accident, and counts as this: one pause of the machine must
 * not refuse the requests of the next minute, while a model that did become slower is believed after some batches.
 */
const MAX_SURPRISE = 4;

/** A batch is large enough when its fixed cost is this share of all. */
const NEGLIGIBLE_SHARE = 0.02;

/**
 * Least squares of `duration = a + b * rows` with a, b >= 0, older observations weighing less. While all that it
 * remembers are batches of one size, it expects the worst of such lines: less is not quicker, more takes as much longer.
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

  const steepest = (): number => (meanRows > 0 ? meanMs / meanRows : 0);
  const isOneSize = (): boolean => rowsMoment < MIN_VARIANCE * weight;
  // Bounded on both sides, so that noise can give neither a negative slope nor a negative intercept.
  const perRowMs = (): number => Math.min(Math.max(crossMoment / rowsMoment, 0), steepest());

  const predictMs = (rows: number): number | undefined => {
    if (weight === 0) {
      return undefined;
    }
    return isOneSize() ? meanMs + steepest() * Math.max(rows - meanRows, 0) : meanMs + perRowMs() * (rows - meanRows);
  };

  return {
    observe(rows, durationMs) {
      const expectedMs = predictMs(rows) ?? durationMs;
      const believedMs = expectedMs > 0 ? Math.min(durationMs, MAX_SURPRISE * expectedMs) : durationMs;
      weight = weight * decay + 1;
      const rowsOff = rows - meanRows;
      meanRows += rowsOff / weight;
      meanMs += (believedMs - meanMs) / weight;
      rowsMoment = rowsMoment * decay + rowsOff * (rows - meanRows);
      crossMoment = crossMoment * decay + rowsOff * (believedMs - meanMs);
    },
    predictMs,
    worthwhileRows() {
      if (isOneSize()) {
        return Number.POSITIVE_INFINITY;
      }
      const slope = perRowMs();
      const fixedMs = Math.max(meanMs - slope * meanRows, 0);
      const rows = (fixedMs * (1 - NEGLIGIBLE_SHARE)) / (NEGLIGIBLE_SHARE * slope);
      return Number.isNaN(rows) ? Number.POSITIVE_INFINITY : Math.max(Math.ceil(rows), 1);
    },
  };
}
