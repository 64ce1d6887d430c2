import { describe, expect, it } from 'vitest';
import type { GateConfig } from '../../../scripts/src/gate/gate-config.ts';
import { verdictOf } from '../../../scripts/src/gate/gate-verdict.ts';
import type { Metrics } from '../../../scripts/src/gate/metrics.ts';

type Demands = Partial<Pick<GateConfig, 'gating' | 'optimising'>>;

function verdict(candidate: Metrics, baseline: Metrics | undefined, demands: Demands): ReturnType<typeof verdictOf> {
  return verdictOf({ candidate, baseline }, { gating: {}, optimising: undefined, ...demands });
}

const ERROR_MAX: Demands = { gating: { error_rate: { max: 0.1 } } };
const RATIO: Demands = { gating: { latency_p99_ms: { max_ratio: 1.5 } } };
const AGREEMENT: Demands = { gating: { agreement: { min: 0.9 } } };
const BETTER: Demands = { optimising: { metric: 'error_rate', tolerance: 0 } };
const ABOUT_AS_GOOD: Demands = { optimising: { metric: 'error_rate', tolerance: 0.005 } };

describe('verdictOf', () => {
  it.each<[string, Metrics, Metrics | undefined, Demands, 'held' | 'failed' | 'skipped', string]>([
    ['below its bound', { error_rate: 0.02 }, {}, ERROR_MAX, 'held', 'error rate 2 % is at most 10 %'],
    ['at its bound', { error_rate: 0.1 }, {}, ERROR_MAX, 'held', 'error rate 10 % is at most 10 %'],
    ['above its bound', { error_rate: 0.11 }, {}, ERROR_MAX, 'failed', 'error rate 11 % is above 10 %'],
    ['unmeasured', {}, {}, ERROR_MAX, 'failed', 'error rate of the candidate could not be measured'],
    ['no number', { error_rate: Number.NaN }, {}, ERROR_MAX, 'failed', 'could not be measured'],
    ['above its least', { agreement: 0.95 }, {}, AGREEMENT, 'held', '95 % is at least 90 %'],
    ['below its least', { agreement: 0.5 }, {}, AGREEMENT, 'failed', '50 % is below 90 %'],
    ['without anyone to agree with', {}, undefined, AGREEMENT, 'skipped', 'no serving version'],
    [
      'within its ratio',
      { latency_p99_ms: 15 },
      { latency_p99_ms: 10 },
      RATIO,
      'held',
      "at most 1.5 × the serving version's 10.0 ms",
    ],
    [
      'above its ratio',
      { latency_p99_ms: 15.1 },
      { latency_p99_ms: 10 },
      RATIO,
      'failed',
      'latency p99 15.1 ms is above 1.5 ×',
    ],
    ['without a base', { latency_p99_ms: 15 }, {}, RATIO, 'failed', 'of the serving version could not be measured'],
    ['first of all', { latency_p99_ms: 15 }, undefined, RATIO, 'skipped', 'no serving version'],
    ['better', { error_rate: 0.02 }, { error_rate: 0.09 }, BETTER, 'held', "no worse than the serving version's 9 %"],
    ['equal', { error_rate: 0.09 }, { error_rate: 0.09 }, BETTER, 'held', 'no worse'],
    ['worse', { error_rate: 0.091 }, { error_rate: 0.09 }, BETTER, 'failed', 'error rate 9.1 % is worse than'],
    ['worse by the tolerance', { error_rate: 0.095 }, { error_rate: 0.09 }, ABOUT_AS_GOOD, 'held', 'within 0.5 %'],
    ['worse by more', { error_rate: 0.096 }, { error_rate: 0.09 }, ABOUT_AS_GOOD, 'failed', 'by more than 0.5 %'],
    [
      'compared with nothing measured',
      { error_rate: 0 },
      { error_rate: Number.NaN },
      BETTER,
      'failed',
      'of the serving version',
    ],
    ['the first version', { error_rate: 1 }, undefined, BETTER, 'skipped', 'no serving version'],
  ])('a metric that is %s', (_, candidate, baseline, demands, outcome, reason) => {
    const { passed, checks } = verdict(candidate, baseline, demands);
    expect(checks).toMatchObject([{ outcome, reason: expect.stringContaining(reason) }]);
    expect(passed).toBe(outcome !== 'failed');
  });

  it('is refused for one failure among many, and tells all of them in the order of the metrics', () => {
    const demands: Demands = {
      gating: { size_bytes: { max: 10 }, error_rate: { max: 0.1 }, failed_requests: { max: 0 } },
      optimising: { metric: 'error_rate', tolerance: 0 },
    };
    const measured: Metrics = { error_rate: 0.01, failed_requests: 2, size_bytes: 9 };
    const { passed, checks } = verdict(measured, { error_rate: 0.5 }, demands);
    expect(passed).toBe(false);
    expect(checks.map(({ metric, kind, outcome }) => `${metric} ${kind} ${outcome}`)).toEqual([
      'error_rate max held',
      'failed_requests max failed',
      'size_bytes max held',
      'error_rate no_worse held',
    ]);
  });
});
