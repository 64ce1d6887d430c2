import type { Dataset } from '../../data/dataset.ts';
import { askLabel } from '../../evaluation/ask-label.ts';
import type { Examples, Statement } from './examples.ts';

/** Pictures of a data set that is not empty, each to be read as its label. */
export function pictureExamples(dataset: Dataset): Examples {
  return {
    count: dataset.count,
    kind: 'label',
    async ask(target, spec, index, options) {
      const { label = '', score, version } = await askLabel(target, spec, dataset.image(index), options);
      return { said: { kind: 'label', label, score }, version };
    },
    truth: (index) => ({ kind: 'label', label: dataset.label(index), score: 1 }),
    isEqual: (left, right) => labelOf(left) === labelOf(right),
    picture: (index) => dataset.image(index),
  };
}

function labelOf(statement: Statement): string | undefined {
  return statement.kind === 'label' ? statement.label : undefined;
}
