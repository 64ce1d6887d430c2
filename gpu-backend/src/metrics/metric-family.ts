import type { Sample, Series } from './series.ts';

export type Labels = Readonly<Record<string, string>>;

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
}

/**
 * A metric and its series, one for each combination of labels that was asked for. Whoever writes often keeps the
 * series. In the form that prom-client's registry prints.
 */
export class MetricFamily<S extends Series> implements MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  readonly #createSeries: () => S;
  readonly #series = new Map<string, { readonly labels: Labels; readonly series: S }>();

  constructor({ name, help, type, labelNames }: MetricDescription, createSeries: () => S) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.labelNames = labelNames;
    this.#createSeries = createSeries;
  }

  /** The series of these labels, all of which must be given; new ones begin at zero. */
  series(labels: Labels): S {
    const key = JSON.stringify(this.labelNames.map((name) => labels[name]));
    let entry = this.#series.get(key);
    if (entry === undefined) {
      entry = { labels, series: this.#createSeries() };
      this.#series.set(key, entry);
    }
    return entry.series;
  }

  /** Drops the series that have all these values; none in a metric that lacks one of the labels. */
  forget(values: Labels): void {
    const wanted = Object.entries(values);
    if (!wanted.every(([name]) => this.labelNames.includes(name))) {
      return;
    }
    for (const [key, { labels }] of this.#series) {
      if (wanted.every(([name, value]) => labels[name] === value)) {
        this.#series.delete(key);
      }
    }
  }

  samples(): readonly Sample[] {
    return [...this.#series.values()].flatMap(({ labels, series }) => series.samples(this.name, labels));
  }

  /** What prom-client asks of a metric. */
  async get(): Promise<object> {
    const values = this.samples().map(({ name, labels, value }) => ({ metricName: name ?? this.name, labels, value }));
    return { name: this.name, help: this.help, type: this.type, values, aggregator: 'sum' };
  }
}
