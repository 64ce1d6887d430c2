import { isAnswered } from '../../evaluation/report.ts';
import type { Answers } from '../ask-both.ts';
import type { Examples } from '../examples/examples.ts';

/** How often each label was read as each. */
export interface Confusion {
  /** Those that are right or were said, in their order as numbers and words. */
  readonly labels: readonly string[];
  /** `counts[truth][said]`, both by their place in `labels`. */
  readonly counts: readonly (readonly number[])[];
}

/** Of the answered requests; undefined for examples without labels. */
export function confusionOf(answers: Answers, examples: Examples): Confusion | undefined {
  if (examples.kind !== 'label') {
    return undefined;
  }
  const pairs = answers.filter(isAnswered).flatMap(({ index, answer: { said } }) => {
    const truth = examples.truth(index % examples.count);
    return said.kind === 'label' && truth.kind === 'label' ? [[truth.label, said.label] as const] : [];
  });
  const { compare } = new Intl.Collator('en', { numeric: true });
  const labels = [...new Set(pairs.flat())].toSorted(compare);
  const places = new Map(labels.map((label, place) => [label, place] as const));
  const counts = labels.map(() => new Uint32Array(labels.length));
  for (const [truth, said] of pairs) {
    const row = counts[places.get(truth) ?? 0];
    const column = places.get(said) ?? 0;
    row?.fill((row[column] ?? 0) + 1, column, column + 1);
  }
  return { labels, counts: counts.map((row) => [...row]) };
}

export interface Mistake {
  readonly truth: string;
  readonly said: string;
  readonly count: number;
}

/** The pairs of labels that are most often confused, at most `limit`, most frequent first. */
export function commonestMistakes({ labels, counts }: Confusion, limit: number): readonly Mistake[] {
  return counts
    .flatMap((row, truth) =>
      row.flatMap((count, said) =>
        count === 0 || said === truth ? [] : [{ truth: labels[truth] ?? '', said: labels[said] ?? '', count }],
      ),
    )
    .toSorted((a, b) => b.count - a.count)
    .slice(0, limit);
}
