// Hot file: a request writes about fifteen of these. A bet against prom-client's own children, which look themselves up
// by a string of all their labels for each observation, and put that string together again for each line of the page.

/** What one combination of labels has come to. */
export interface Series {
  /** Its lines on the page, each ending with a newline; `labels` as between the braces. */
  lines(name: string, labels: string): string;
}

/** One number: a counter when nothing negative is added, a gauge otherwise. */
export class NumberSeries implements Series {
  #value = 0;

  add(amount = 1): void {
    this.#value += amount;
  }

  lines(name: string, labels: string): string {
    return line(name, labels, this.#value);
  }
}

/** Bounds that the histograms of a metric share, ascending. */
export interface Buckets {
  readonly bounds: Float64Array;
  /** As the page has them: the bounds with six digits, as TensorFlow Serving prints its own, and the last. */
  readonly texts: readonly string[];
}

export function createBuckets(bounds: readonly number[]): Buckets {
  const texts = bounds.map((bound) => String(Number(bound.toPrecision(6))));
  return { bounds: Float64Array.from(bounds), texts: [...texts, '+Inf'] };
}

/** How often values fell into each bucket. Not on the page before its first value. */
export class HistogramSeries implements Series {
  readonly #buckets: Buckets;
  /** Not cumulative; the last is for what is above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(buckets: Buckets) {
    this.#buckets = buckets;
    this.#counts = new Float64Array(buckets.texts.length);
  }

  observe(value: number): void {
    const { bounds } = this.#buckets;
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

  lines(name: string, labels: string): string {
    if (this.#counts.every((own) => own === 0)) {
      return ''; // most series of most models on a large server
    }
    const head = `${name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
    let text = '';
    let count = 0;
    for (const [index, bound] of this.#buckets.texts.entries()) {
      count += this.#counts[index] ?? 0;
      text += `${head}${bound}"} ${count}\n`;
    }
    return text + line(`${name}_sum`, labels, this.#sum) + line(`${name}_count`, labels, count);
  }
}

export function line(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}
