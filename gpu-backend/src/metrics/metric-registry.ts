import { setImmediate } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import {
  type Labels,
  type Metric,
  type MetricDescription,
  MetricFamily,
  type Reading,
  readMetric,
} from './metric-family.ts';
import { createBuckets, HistogramSeries, NumberSeries } from './series.ts';

/** The page for Prometheus: every metric of this server, and prom-client's of the process. */
export class MetricRegistry {
  readonly #process = new Registry();
  readonly #metrics: Metric[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.#process });
  }

  /** Nothing negative may be added to its series. */
  counter(name: string, help: string, labelNames: readonly string[]): MetricFamily {
    return this.#add(new MetricFamily({ name, help, type: 'counter', labelNames }, () => new NumberSeries()));
  }

  gauge(name: string, help: string, labelNames: readonly string[]): MetricFamily {
    return this.#add(new MetricFamily({ name, help, type: 'gauge', labelNames }, () => new NumberSeries()));
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    bounds: readonly number[],
  ): MetricFamily<HistogramSeries> {
    const buckets = createBuckets(bounds);
    const description = { name, help, type: 'histogram', labelNames } as const;
    return this.#add(new MetricFamily(description, () => new HistogramSeries(buckets)));
  }

  /** A gauge that is looked up when the page is made. */
  reading(name: string, help: string, labelNames: readonly string[], read: () => Iterable<Reading>): void {
    this.#add(readMetric({ name, help, type: 'gauge', labelNames }, read));
  }

  /** Drops every series that has all these labels, with these values. */
  forget(values: Labels): void {
    for (const metric of this.#metrics) {
      metric.forget(values);
    }
  }

  /** The metrics of this server itself, in the order of the page. */
  descriptions(): readonly MetricDescription[] {
    return this.#metrics.map(({ description }) => description);
  }

  /** Lets requests pass between two metrics: the pages of large servers have megabytes. */
  async page(): Promise<{ readonly contentType: string; readonly text: string }> {
    const parts = [await this.#process.metrics()];
    for (const metric of this.#metrics) {
      const { name, help, type } = metric.description;
      parts.push(`\n# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${metric.lines()}`);
      await setImmediate();
    }
    return { contentType: this.#process.contentType, text: parts.join('') };
  }

  #add<M extends Metric>(metric: M): M {
    this.#metrics.push(metric);
    return metric;
  }
}
