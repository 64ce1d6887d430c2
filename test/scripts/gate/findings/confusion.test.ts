import { describe, expect, it } from 'vitest';
import { commonestMistakes, confusionOf } from '../../../../scripts/src/gate/findings/confusion.ts';
import { answers, label, labelled, valued } from '../labelled.ts';

const DIGITS = labelled(['2', '2', '10', '10', '10']);

describe('confusionOf', () => {
  it('counts what was read as what, with labels in the order of their numbers', () => {
    const said = [label('2'), label('10'), label('2'), label('2'), undefined];
    expect(confusionOf(answers(said), DIGITS)).toEqual({
      labels: ['2', '10'],
      counts: [
        [1, 1],
        [2, 0],
      ],
    });
  });

  it('knows labels that are no examples of the data set', () => {
    expect(confusionOf(answers([label('cat')]), DIGITS)?.labels).toEqual(['2', 'cat']);
  });

  it('is nothing for values', () => {
    expect(confusionOf([], valued([[1]]))).toBeUndefined();
  });
});

describe('commonestMistakes', () => {
  it('leaves out what is right, most frequent first, and no more than asked for', () => {
    const confusion = {
      labels: ['a', 'b'],
      counts: [
        [9, 1],
        [3, 9],
      ],
    };
    const mistakes = [
      { truth: 'b', said: 'a', count: 3 },
      { truth: 'a', said: 'b', count: 1 },
    ];
    expect(commonestMistakes(confusion, 5)).toEqual(mistakes);
    expect(commonestMistakes(confusion, 1)).toEqual(mistakes.slice(0, 1));
  });
});
