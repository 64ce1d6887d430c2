import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { jsonReport } from '../../../../scripts/src/gate/report/json-report.ts';
import { renderGate } from '../../../../scripts/src/gate/report/render-gate.ts';
import { values } from '../labelled.ts';
import { REFUSED } from './sample-report.ts';

describe('renderGate', () => {
  const lines = renderGate(REFUSED, picocolors.createColors(false)).split('\n');

  it('has a row per demand and per other metric, with both versions', () => {
    expect(lines.map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      'metric, 2000 requests | candidate | serving (2) | demanded | verdict',
      'error rate | 13 % | 9 % | at most 10 % | failed',
      'failed requests | 1 | 0 | - | -',
      'latency p99 | 12.0 ms | 10.0 ms | at most 15.0 ms (1.5 ×) | held',
      '1 × UNAVAILABLE, e.g. queue <full>',
    ]);
  });
});

describe('jsonReport', () => {
  it('says for programs what was found', () => {
    expect(JSON.parse(jsonReport(REFUSED))).toMatchObject({
      format: 1,
      model: 'mnist',
      version: null,
      baseline_version: 2,
      at: '2026-01-02T03:04:05.000Z',
      passed: false,
      checks: [{ metric: 'error_rate', outcome: 'failed', bound: 0.1 }, {}],
      metrics: { candidate: { error_rate: 0.13 }, baseline: { error_rate: 0.09 } },
      worst: [{ index: 7, truth: { label: '3' }, said: { label: '5', score: 0.981 } }],
    });
  });

  it('has values as lists', () => {
    const worst = [{ index: 0, truth: values(1), said: values(Number.NaN), baseline: undefined, error: Number.NaN }];
    expect(JSON.parse(jsonReport({ ...REFUSED, worst })).worst).toEqual([
      { index: 0, truth: { values: [1] }, said: { values: [null] }, baseline: null, error: null },
    ]);
  });
});
