// Hot file: a request writes about fifteen of these. A bet against prom-client's own children, which look themselves up
// by a string of all their labels for each observation.

/** One line of the page; `name` where it is not the metric's own. */
export interface Sample {
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What one combination of labels has come to. */
export interface Series {
  samples(name: string, labels: Readonly<Record<string, string>>): readonly Sample[];
}

/** One number: a counter when nothing negative is added, a gauge otherwise. */
export class NumberSeries implements Series {
  #value = 0;

  add(amount = 1): void {
    this.#value += amount;
  }

  samples(_name: string, labels: Readonly<Record<string, string>>): readonly Sample[] {
    return [{ labels, value: this.#value }];
  }
}

/** How often values fell below each of `bounds`, which ascend. Not on the page before its first value. */
export class HistogramSeries implements Series {
  readonly #bounds: Float64Array;
  /** Not cumulative; the last is for what is above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = Float64Array.from(bounds);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let index = 0;
    for (let end = bounds.length; index < end; ) {
      const middle = (index + end) >>> 1;
      if (value > (bounds[middle] ?? 0)) {
        index = middle + 1;
      } else {
        end = middle;
      }
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  samples(name: string, labels: Readonly<Record<string, string>>): readonly Sample[] {
    let count = 0;
    if (this.#counts.every((own) => own === 0)) {
      return []; // most series of most models on a large server
    }
    const buckets = Array.from(this.#counts, (own, index): Sample => {
      count += own;
      return { name: `${name}_bucket`, labels: { ...labels, le: boundText(this.#bounds[index]) }, value: count };
    });
    return [
      ...buckets,
      { name: `${name}_sum`, labels, value: this.#sum },
      { name: `${name}_count`, labels, value: count },
    ];
  }
}

/** Six digits, as TensorFlow Serving prints its bounds. */
function boundText(bound: number | undefined): string {
  return bound === undefined ? '+Inf' : String(Number(bound.toPrecision(6)));
}
