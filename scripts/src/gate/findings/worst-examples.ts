import { isAnswered } from '../../evaluation/report.ts';
import type { Answers, Both } from '../ask-both.ts';
import type { Examples, Statement } from '../examples/examples.ts';
import { errorOf } from './answer-metrics.ts';

/** An example that the candidate got wrong. */
export interface WorstExample {
  /** Its place in the data set. */
  readonly index: number;
  readonly truth: Statement;
  readonly said: Statement;
  /** What the serving version says of it; undefined where it was not asked, or did not answer. */
  readonly baseline: Statement | undefined;
  /** Mean absolute error over its values; 1 for a label. */
  readonly error: number;
}

/** The worst first, each example once: labels that are wrong by their scores, values by their error. At most `limit`. */
export function worstExamples(
  { candidate, baseline }: Both<Answers>,
  examples: Examples,
  limit: number,
): readonly WorstExample[] {
  const placeOf = (request: number): number => request % examples.count;
  const others = new Map(
    (baseline ?? []).filter(isAnswered).map(({ index, answer }) => [placeOf(index), answer.said] as const),
  );
  const wrong = new Map<number, WorstExample>();
  for (const { index: request, answer } of candidate.filter(isAnswered)) {
    const index = placeOf(request);
    const truth = examples.truth(index);
    const { absolute: error } = errorOf(answer.said, truth);
    if (error !== 0 && !wrong.has(index)) {
      wrong.set(index, { index, truth, said: answer.said, baseline: others.get(index), error });
    }
  }
  return [...wrong.values()].toSorted((a, b) => badness(b) - badness(a) || a.index - b.index).slice(0, limit);
}

/** What is no number is worst of all. */
function badness({ said, error }: WorstExample): number {
  const value = said.kind === 'label' ? said.score : error;
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}
