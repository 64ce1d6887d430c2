import { describe, expect, test } from 'vitest';
import { readPromql } from './promql.ts';

describe('readPromql', () => {
  test('finds metrics, the labels they are selected by, and those of groups and joins', () => {
    const text =
      'sum by (model) (rate(a_total{job=~"$job", code!="OK"}[$__rate_interval])) / on (instance) :b:c{x="1"} > 0.5';
    expect(readPromql(text)).toEqual({
      selectors: [
        { metric: 'a_total', labels: ['job', 'code'] },
        { metric: ':b:c', labels: ['x'] },
      ],
      groupings: ['model', 'instance'],
    });
  });

  test.each(['sum(rate(a[5m])', 'rate(a{b=c}[5m])', 'a{b="c"', 'sum by model (a)', ''])('refuses %j', (text) => {
    expect(() => readPromql(text)).toThrow('not PromQL');
  });
});
