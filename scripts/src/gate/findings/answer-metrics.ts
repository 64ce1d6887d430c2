import { isAnswered, isFailed, latenciesOf } from '../../evaluation/report.ts';
import type { Answers, Both } from '../ask-both.ts';
import type { Examples, Statement } from '../examples/examples.ts';
import type { Metrics } from '../metrics.ts';

/** What the answers of one version tell; of no answers only that they failed. */
export function answerMetrics(answers: Answers, examples: Examples): Metrics {
  const answered = answers.filter(isAnswered);
  const latency = latenciesOf(answered.map(({ durationMs }) => durationMs));
  const failed = answers.filter(isFailed).length;
  if (latency === null) {
    return { failed_requests: failed };
  }
  const said = answered.map(({ index, answer }) => errorOf(answer.said, examples.truth(index % examples.count)));
  const mean = (partOf: (error: ExampleError) => number): number =>
    said.reduce((sum, error) => sum + partOf(error), 0) / said.length;
  const absolute = mean((error) => error.absolute);
  return {
    ...(examples.kind === 'label'
      ? { error_rate: absolute }
      : { mean_absolute_error: absolute, mean_squared_error: mean((error) => error.squared) }),
    failed_requests: failed,
    latency_p50_ms: latency.p50,
    latency_p99_ms: latency.p99,
  };
}

/** The share of requests answered by both versions on which they said the same; undefined for no such requests. */
export function agreementOf({ candidate, baseline }: Both<Answers>, examples: Examples): number | undefined {
  const said = new Map((baseline ?? []).filter(isAnswered).map(({ index, answer }) => [index, answer.said] as const));
  const equal = candidate.filter(isAnswered).flatMap(({ index, answer }) => {
    const other = said.get(index);
    return other === undefined ? [] : [examples.isEqual(answer.said, other)];
  });
  return equal.length === 0 ? undefined : equal.filter(Boolean).length / equal.length;
}

/** Means over the values of one example; of a label 0 or 1. */
export interface ExampleError {
  readonly absolute: number;
  readonly squared: number;
}

export function errorOf(said: Statement, truth: Statement): ExampleError {
  if (said.kind === 'label' || truth.kind === 'label') {
    const isRight = said.kind === 'label' && truth.kind === 'label' && said.label === truth.label;
    return isRight ? { absolute: 0, squared: 0 } : { absolute: 1, squared: 1 };
  }
  let absolute = 0;
  let squared = 0;
  for (const [i, value] of said.values.entries()) {
    const difference = value - (truth.values[i] ?? Number.NaN);
    absolute += Math.abs(difference);
    squared += difference * difference;
  }
  const { length } = said.values;
  return { absolute: absolute / length, squared: squared / length };
}
