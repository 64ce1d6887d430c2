import { line, type NumberSeries, type Series } from './series.ts';

export type Labels = Readonly<Record<string, string>>;

/** Labels and a value that are true at this moment. */
export type Reading = readonly [labels: Labels, value: number];

export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labelNames: readonly string[];
}

/** Something on the page. */
export interface Metric {
  readonly description: MetricDescription;
  /** Its lines below HELP and TYPE, each ending with a newline. */
  lines(): string;
  /** Drops the series that have all these values; none in a metric that lacks one of the labels. */
  forget(values: Labels): void;
}

/**
 * A metric and its series, one for each combination of labels that was asked for. Whoever writes often keeps the
 * series.
 */
export class MetricFamily<S extends Series = NumberSeries> implements Metric {
  readonly description: MetricDescription;
  readonly #createSeries: () => S;
  /** By the text of the labels. */
  readonly #series = new Map<string, { readonly labels: Labels; readonly series: S }>();

  constructor(description: MetricDescription, createSeries: () => S) {
    this.description = description;
    this.#createSeries = createSeries;
  }

  /** The series of these labels, all of which must be given; new ones begin at zero. */
  series(labels: Labels): S {
    const key = labelText(this.description, labels);
    let entry = this.#series.get(key);
    if (entry === undefined) {
      entry = { labels, series: this.#createSeries() };
      this.#series.set(key, entry);
    }
    return entry.series;
  }

  lines(): string {
    let text = '';
    for (const [labels, { series }] of this.#series) {
      text += series.lines(this.description.name, labels);
    }
    return text;
  }

  forget(values: Labels): void {
    const wanted = Object.entries(values);
    if (!wanted.every(([name]) => this.description.labelNames.includes(name))) {
      return;
    }
    for (const [key, { labels }] of this.#series) {
      if (wanted.every(([name, value]) => labels[name] === value)) {
        this.#series.delete(key);
      }
    }
  }
}

/** A metric that is looked up when the page is made. */
export function readMetric(description: MetricDescription, read: () => Iterable<Reading>): Metric {
  return {
    description,
    lines: () =>
      Array.from(read(), ([labels, value]) => line(description.name, labelText(description, labels), value)).join(''),
    forget: () => undefined,
  };
}

function labelText({ labelNames }: MetricDescription, labels: Labels): string {
  return labelNames.map((name) => `${name}="${escaped(labels[name] ?? '')}"`).join(',');
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
