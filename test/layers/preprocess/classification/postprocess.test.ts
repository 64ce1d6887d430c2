import { type AnyTensor, Code, tensor } from '@tensorfleet/core';
import { classify, parsePostprocess } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';

const LABELS = ['cat', 'dog', 'owl', 'bee'];

function classificationOf(fields: Record<string, unknown> = {}) {
  return parsePostprocess({ classification: { labels: LABELS, ...fields } }).classification;
}

function outputs(shape: readonly number[], values: readonly number[]): Map<string, AnyTensor> {
  return new Map([['scores', tensor('FP64', shape, Float64Array.from(values))]]);
}

describe('parsePostprocess', () => {
  it('fills in the top three of probabilities', () => {
    expect(parsePostprocess({ classification: { labels: LABELS } })).toEqual({
      classification: { labels: LABELS, topK: 3, scores: 'probabilities' },
    });
  });

  it.each([
    ['no labels', { labels: [] }, 'classification.labels is an array of 0: too small'],
    ['a label that is no text', { labels: ['a', 7] }, 'classification.labels.1 is 7: '],
    ['a top of zero', { top_k: 0 }, 'classification.top_k is 0: too small: expected number to be >=1'],
    ['a top beyond the limit', { top_k: 1001 }, 'classification.top_k is 1001: too big: expected number to be <=1000'],
    ['unknown scores', { scores: 'odds' }, 'classification.scores is "odds": '],
    ['an unknown key', { topK: 3 }, 'postprocess.classification: unrecognized key: "topK"'],
  ])('refuses with INVALID_ARGUMENT %s', (_, fields, message) => {
    expect(() => classificationOf(fields)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });
});

describe('classify', () => {
  it('gives one prediction per row, best labels first', () => {
    const rows = outputs([2, 4], [0.1, 0.6, 0.1, 0.2, 0, 0, 0.25, 0.75]);
    const owlThenCat = classify(rows, classificationOf({ top_k: 2 }));
    expect(owlThenCat).toEqual([
      {
        label: 'dog',
        score: 0.6,
        top: [
          { label: 'dog', score: 0.6 },
          { label: 'bee', score: 0.2 },
        ],
      },
      {
        label: 'bee',
        score: 0.75,
        top: [
          { label: 'bee', score: 0.75 },
          { label: 'owl', score: 0.25 },
        ],
      },
    ]);
  });

  it('takes an output of one dimension as one row', () => {
    expect(classify(outputs([4], [0, 0, 1, 0]), classificationOf()).map(({ label }) => label)).toEqual(['owl']);
  });

  it('gives no predictions for zero rows', () => {
    expect(classify(outputs([0, 4], []), classificationOf())).toEqual([]);
  });

  it('gives all labels when fewer than top_k', () => {
    const [prediction] = classify(outputs([1, 4], [4, 3, 2, 1]), classificationOf({ top_k: 10 }));
    expect(prediction?.top.map(({ label }) => label)).toEqual(LABELS);
  });

  it('makes probabilities of logits, however large', () => {
    const [prediction] = classify(outputs([1, 4], [1000, 1000, -1000, 0]), classificationOf({ scores: 'logits' }));
    expect(prediction?.top.map(({ score }) => score)).toEqual([0.5, 0.5, 0]);
  });

  it.each([
    ['FP16', tensor('FP16', [1, 4], Float16Array.of(0, 0.5, 0, 0))],
    ['BF16', tensor('BF16', [1, 4], Uint16Array.of(0, 0x3f00, 0, 0x8000))],
    ['FP32', tensor('FP32', [1, 4], Float32Array.of(0, 0.5, 0, 0))],
  ] satisfies [string, AnyTensor][])('reads scores of %s', (_, output) => {
    const [prediction] = classify(new Map([['scores', output]]), classificationOf());
    expect(prediction).toMatchObject({ label: 'dog', score: 0.5 });
  });

  it('takes the output that the manifest names', () => {
    const two = new Map([
      ...outputs([1, 4], [1, 0, 0, 0]),
      ['other', tensor('FP32', [1, 4], Float32Array.of(0, 1, 0, 0))],
    ]);
    expect(classify(two, classificationOf({ output: 'other' }))[0]?.label).toBe('dog');
  });

  it.each([
    [
      'a dimension that is not the number of labels',
      outputs([2, 3], [1, 2, 3, 4, 5, 6]),
      {},
      "shape [2,3], the manifest's postprocess has 4 labels",
    ],
    ['a scalar', outputs([], [1]), {}, "shape [], the manifest's postprocess has 4 labels"],
    [
      'an output that the model lacks',
      outputs([4], [1, 2, 3, 4]),
      { output: 'x' },
      'names the output "x", the model has {scores}',
    ],
    [
      'no choice among outputs',
      new Map([...outputs([4], [1, 2, 3, 4]), ['a', tensor('FP32', [], Float32Array.of(1))]]),
      {},
      'names no output, the model has {a,scores}',
    ],
    [
      'scores that are no floats',
      new Map([['scores', tensor('INT64', [4], new BigInt64Array(4))]]),
      {},
      'has dtype INT64',
    ],
  ] satisfies [string, Map<string, AnyTensor>, object, string][])(
    'refuses with FAILED_PRECONDITION %s',
    (_, tensors, fields, message) => {
      expect(() => classify(tensors, classificationOf({ ...fields }))).toThrow(
        expect.objectContaining({ code: Code.FailedPrecondition, message: expect.stringContaining(message) }),
      );
    },
  );
});
