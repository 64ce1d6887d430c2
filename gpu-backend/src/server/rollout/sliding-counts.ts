// Hot file: written to for every request of a model that is rolled out. A bet against a list of what happened, which
// would grow with the load.

/** The window is kept in so many parts: what is counted leaves it at most one part, a thirtieth, too late. */
const PARTS = 30;

/**
 * Counts of the last `windowMs`, one for each column, in memory that does not depend on how much is counted. What is
 * older than the window does not count; what is younger than all but a thirtieth of it does.
 */
export class SlidingCounts {
  readonly #columns: number;
  readonly #partMs: number;
  /** A row for each part, used in turns. */
  readonly #counts: Float64Array;
  /** The part that is written to, counted from time 0. */
  #part = Number.NEGATIVE_INFINITY;

  constructor(columns: number, windowMs: number) {
    this.#columns = columns;
    this.#partMs = windowMs / PARTS;
    this.#counts = new Float64Array(columns * PARTS);
  }

  /** `now` never goes back. */
  add(column: number, now: number, amount = 1): void {
    this.#moveTo(now);
    const index = (this.#part % PARTS) * this.#columns + column;
    this.#counts[index] = (this.#counts[index] ?? 0) + amount;
  }

  /** What each column has come to in the window that ends now; the caller's own. */
  totals(now: number): Float64Array {
    this.#moveTo(now);
    const totals = new Float64Array(this.#columns);
    for (let start = 0; start < this.#counts.length; start += this.#columns) {
      for (let column = 0; column < this.#columns; column++) {
        totals[column] = (totals[column] ?? 0) + (this.#counts[start + column] ?? 0);
      }
    }
    return totals;
  }

  /** Empties the parts that have left the window since the last call. */
  #moveTo(now: number): void {
    const part = Math.floor(now / this.#partMs);
    if (part === this.#part) {
      return;
    }
    const left = Math.min(part - this.#part, PARTS);
    for (let behind = 0; behind < left; behind++) {
      const row = (part - behind) % PARTS;
      this.#counts.fill(0, row * this.#columns, (row + 1) * this.#columns);
    }
    this.#part = part;
  }
}
