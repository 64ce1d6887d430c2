import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { type Labels, type MetricDescription, MetricFamily } from './metric-family.ts';
import { HistogramSeries, NumberSeries, type Series } from './series.ts';

/** Labels and a value that are true at this moment. */
export type Reading = readonly [labels: Labels, value: number];

/** The page for Prometheus: every metric of this server, and prom-client's of the process. */
export class MetricRegistry {
  readonly #registry = new Registry();
  readonly #families: MetricFamily<Series>[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Adds nothing but what is not negative to its series. */
  counter(name: string, help: string, labelNames: readonly string[]): MetricFamily<NumberSeries> {
    return this.#add(new MetricFamily({ name, help, type: 'counter', labelNames }, () => new NumberSeries()));
  }

  gauge(name: string, help: string, labelNames: readonly string[]): MetricFamily<NumberSeries> {
    return this.#add(new MetricFamily({ name, help, type: 'gauge', labelNames }, () => new NumberSeries()));
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    bounds: readonly number[],
  ): MetricFamily<HistogramSeries> {
    return this.#add(
      new MetricFamily({ name, help, type: 'histogram', labelNames }, () => new HistogramSeries(bounds)),
    );
  }

  /** A gauge that is looked up when the page is made. */
  reading(name: string, help: string, labelNames: readonly string[], read: () => Iterable<Reading>): void {
    this.#add(new ReadFamily({ name, help, type: 'gauge', labelNames }, read));
  }

  /** Drops every series that has all these labels, with these values. */
  forget(values: Labels): void {
    for (const family of this.#families) {
      family.forget(values);
    }
  }

  /** The metrics of this server itself, in the order of the page. */
  descriptions(): readonly MetricDescription[] {
    return this.#families;
  }

  async page(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #add<F extends MetricFamily<Series>>(family: F): F {
    this.#families.push(family);
    // The registry calls nothing but `name` and `get()` of a metric.
    this.#registry.registerMetric(family as unknown as Metric);
    return family;
  }
}

class ReadFamily extends MetricFamily<NumberSeries> {
  readonly #read: () => Iterable<Reading>;

  constructor(description: MetricDescription, read: () => Iterable<Reading>) {
    super(description, () => new NumberSeries());
    this.#read = read;
  }

  override samples() {
    return Array.from(this.#read(), ([labels, value]) => ({ labels, value }));
  }
}
