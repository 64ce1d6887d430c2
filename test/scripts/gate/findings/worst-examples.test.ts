import { describe, expect, it } from 'vitest';
import { worstExamples } from '../../../../scripts/src/gate/findings/worst-examples.ts';
import { answers, label, labelled, valued, values } from '../labelled.ts';

const NONE = undefined;

describe('worstExamples', () => {
  it('begins with the label that is wrong with the highest score, and leaves out what is right or failed', () => {
    const said = [label('9', 0.5), label('1', 0.99), label('9', 0.8), undefined];
    const worst = worstExamples({ candidate: answers(said), baseline: NONE }, labelled(['0', '1', '2', '3']), 9);
    expect(worst).toMatchObject([
      { index: 2, truth: label('2'), said: label('9', 0.8), baseline: undefined },
      { index: 0, truth: label('0'), said: label('9', 0.5) },
    ]);
  });

  it('tells what the serving version says of the same example', () => {
    const both = { candidate: answers([label('9')]), baseline: answers([label('0', 0.7)]) };
    expect(worstExamples(both, labelled(['0']), 9)).toMatchObject([{ baseline: label('0', 0.7) }]);
  });

  it('shows an example once, however often it was asked about', () => {
    const candidate = answers([label('9'), label('9'), label('9')]);
    expect(worstExamples({ candidate, baseline: NONE }, labelled(['0']), 9)).toHaveLength(1);
  });

  it('begins with the largest error of values, what is no number before all, and ends at the limit', () => {
    const candidate = answers([values(1), values(9), values(Number.NaN), values(5)]);
    const worst = worstExamples({ candidate, baseline: NONE }, valued([[1], [0], [0], [0]]), 2);
    expect(worst.map(({ index }) => index)).toEqual([2, 1]);
  });
});
