import { describe, expect, it } from 'vitest';
import { agreementOf, answerMetrics } from '../../../../scripts/src/gate/findings/answer-metrics.ts';
import { answers, label, labelled, valued, values } from '../labelled.ts';

const DIGITS = labelled(['0', '1', '2', '3']);

describe('answerMetrics', () => {
  it('relates misread labels to the answered requests, and tells the failed ones', () => {
    const metrics = answerMetrics(answers([label('0'), label('7'), undefined, label('3')]), DIGITS);
    expect(metrics).toEqual({ error_rate: 1 / 3, failed_requests: 1, latency_p50_ms: 2, latency_p99_ms: 4 });
  });

  it('compares with the example again when requests begin again', () => {
    expect(answerMetrics(answers([label('0'), label('0')]), labelled(['0']))).toMatchObject({ error_rate: 0 });
  });

  it('takes the means over values and examples', () => {
    const metrics = answerMetrics(
      answers([values(1, 2), values(4, 0)]),
      valued([
        [1, 4],
        [4, 4],
      ]),
    );
    expect(metrics).toMatchObject({ mean_absolute_error: 1.5, mean_squared_error: 5 });
  });

  it('tells no error where an answer is no number', () => {
    expect(answerMetrics(answers([values(Number.NaN)]), valued([[1]]))).toMatchObject({
      mean_absolute_error: Number.NaN,
    });
  });

  it('tells of no answers only that they failed', () => {
    expect(answerMetrics(answers([undefined, undefined]), DIGITS)).toEqual({ failed_requests: 2 });
  });
});

describe('agreementOf', () => {
  it.each([
    ['all equal', [label('0'), label('7')], [label('0'), label('7')], 1],
    ['one of two', [label('0'), label('7')], [label('0'), label('1')], 0.5],
    ['only those that both answered', [label('0'), undefined, label('2')], [undefined, label('1'), label('2')], 1],
    ['none that both answered', [undefined], [label('0')], undefined],
  ] as const)('counts %s', (_, candidate, baseline, share) => {
    expect(agreementOf({ candidate: answers(candidate), baseline: answers(baseline) }, DIGITS)).toBe(share);
  });

  it('is unknown without a baseline', () => {
    expect(agreementOf({ candidate: answers([label('0')]), baseline: undefined }, DIGITS)).toBeUndefined();
  });
});
