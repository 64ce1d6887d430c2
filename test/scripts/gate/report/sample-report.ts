import { version } from '@tensorfleet/core';
import type { GateReport } from '../../../../scripts/src/gate/gate-report.ts';
import { label } from '../labelled.ts';

/** A refused candidate, beside version 2. */
export const REFUSED: GateReport = {
  model: 'mnist',
  version: undefined,
  baselineVersion: version(2),
  at: Date.UTC(2026, 0, 2, 3, 4, 5),
  data: { file: 'held-out.npz', examples: 1000 },
  requests: 2000,
  concurrency: 4,
  verdict: {
    passed: false,
    checks: [
      {
        metric: 'error_rate',
        kind: 'max',
        bound: 0.1,
        value: 0.13,
        outcome: 'failed',
        reason: 'error rate 13 % is above 10 %',
      },
      { metric: 'latency_p99_ms', kind: 'max_ratio', bound: 15, value: 12, outcome: 'held', reason: 'latency is fine' },
    ],
  },
  metrics: {
    candidate: { error_rate: 0.13, failed_requests: 1, latency_p99_ms: 12 },
    baseline: { error_rate: 0.09, failed_requests: 0, latency_p99_ms: 10 },
  },
  failures: { candidate: { UNAVAILABLE: { count: 1, example: 'queue <full>' } }, baseline: {} },
  confusion: {
    candidate: {
      labels: ['3', '5'],
      counts: [
        [90, 10],
        [0, 100],
      ],
    },
    baseline: undefined,
  },
  latencies: { edges: [1, 10, 100], counts: { candidate: [1500, 499], baseline: [2000, 0] } },
  worst: [{ index: 7, truth: label('3'), said: label('5', 0.981), baseline: label('3', 0.5), error: 1 }],
};
