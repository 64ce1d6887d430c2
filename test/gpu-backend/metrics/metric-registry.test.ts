import { beforeEach, describe, expect, test } from 'vitest';
import { MetricRegistry } from '../../../gpu-backend/src/metrics/metric-registry.ts';
import { parseMetricsPage } from '../../support/metrics-page.ts';

describe('MetricRegistry', () => {
  let registry: MetricRegistry;

  beforeEach(() => {
    registry = new MetricRegistry();
  });

  /** The lines of one metric. */
  async function linesOf(name: string): Promise<string[]> {
    const { text } = await registry.page();
    parseMetricsPage(text);
    return text.split('\n').filter((line) => line.includes(name));
  }

  test('prints a counter', async () => {
    const counter = registry.counter(':test:counter', 'help', ['label']);
    counter.series({ label: 'value' }).add();
    counter.series({ label: 'value' }).add();
    expect(await linesOf(':test:counter')).toEqual([
      '# HELP :test:counter help',
      '# TYPE :test:counter counter',
      ':test:counter{label="value"} 2',
    ]);
  });

  test('prints a gauge as it is at that moment', async () => {
    let value = 12;
    registry.reading('test_gauge', 'help', ['label'], () => [[{ label: 'value' }, value]]);
    value = 7;
    expect(await linesOf('test_gauge')).toContain('test_gauge{label="value"} 7');
  });

  test('prints a histogram with cumulative buckets, +Inf, sum and count', async () => {
    const series = registry.histogram('test_histogram', 'help', ['label'], [1, 2, 4]).series({ label: 'value' });
    for (const value of [1, 3, 5]) {
      series.observe(value);
    }
    expect((await linesOf('test_histogram')).slice(1)).toEqual([
      '# TYPE test_histogram histogram',
      'test_histogram_bucket{label="value",le="1"} 1',
      'test_histogram_bucket{label="value",le="2"} 1',
      'test_histogram_bucket{label="value",le="4"} 2',
      'test_histogram_bucket{label="value",le="+Inf"} 3',
      'test_histogram_sum{label="value"} 9',
      'test_histogram_count{label="value"} 3',
    ]);
  });

  test('escapes backslashes, quotes and line breaks in label values', async () => {
    registry.counter('test_counter', 'help', ['label']).series({ label: 'a\\b"c\nd{e}=,f' }).add();
    expect(await linesOf('test_counter')).toContain('test_counter{label="a\\\\b\\"c\\nd{e}=,f"} 1');
  });

  test('forgets the series that have all the values asked for, and those only', async () => {
    const counter = registry.counter('test_counter', 'help', ['model', 'version']);
    for (const [model, version] of [
      ['a', '1'],
      ['a', '2'],
      ['b', '1'],
    ] as const) {
      counter.series({ model, version }).add();
    }
    registry.counter('test_counter_without', 'help', ['model']).series({ model: 'a' }).add();
    registry.forget({ model: 'a', version: '1' });
    const { samples } = parseMetricsPage((await registry.page()).text);
    expect(samples.filter(({ name }) => name.startsWith('test_counter')).map(({ labels }) => labels)).toEqual([
      { model: 'a', version: '2' },
      { model: 'b', version: '1' },
      { model: 'a' },
    ]);
  });
});
