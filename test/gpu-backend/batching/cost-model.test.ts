import { describe, expect, test } from 'vitest';
import { createLinearCostModel } from '../../../gpu-backend/src/batching/cost-model.ts';

function modelOf(observations: readonly (readonly [rows: number, durationMs: number])[], decay?: number) {
  const model = createLinearCostModel(decay);
  for (const [rows, durationMs] of observations) {
    model.observe(rows, durationMs);
  }
  return model;
}

describe('createLinearCostModel', () => {
  test('predicts nothing before the first observation', () => {
    expect(modelOf([]).predictMs(1)).toBeUndefined();
  });

  test('expects the worst line through the mean while it knows one size only', () => {
    const model = modelOf(
      [
        [8, 1],
        [8, 3],
      ],
      1,
    );
    expect(model.predictMs(8)).toBe(2);
    expect(model.predictMs(16)).toBe(4);
    expect(model.predictMs(1)).toBe(2);
  });

  test('recovers an exact line', () => {
    const model = modelOf([1, 2, 8, 32, 8].map((rows) => [rows, 3 + 0.5 * rows] as const));
    expect(model.predictMs(0)).toBeCloseTo(3, 9); // rounding only
    expect(model.predictMs(64)).toBeCloseTo(35, 9);
  });

  test('is the least-squares line when nothing decays', () => {
    const model = modelOf(
      [
        [1, 1],
        [2, 3],
        [3, 2],
      ],
      1,
    );
    expect(model.predictMs(0)).toBeCloseTo(1, 9);
    expect(model.predictMs(4)).toBeCloseTo(3, 9);
  });

  test('forgets a slower past', () => {
    const model = createLinearCostModel();
    for (let batch = 0; batch < 1000; batch++) {
      model.observe(1 + (batch % 4), batch < 500 ? 100 : 1 + (batch % 4));
    }
    expect(model.predictMs(4)).toBeCloseTo(4, 1); // 0.98^500 of the old level is left
  });

  test('never predicts less for more rows', () => {
    const model = modelOf(
      [
        [1, 9],
        [8, 1],
      ],
      1,
    );
    expect(model.predictMs(1)).toBe(5);
    expect(model.predictMs(64)).toBe(5);
  });

  test('never predicts a negative duration', () => {
    const model = modelOf(
      [
        [10, 3],
        [20, 12],
      ],
      1,
    );
    expect(model.predictMs(0)).toBeCloseTo(0, 9);
    expect(model.predictMs(15)).toBeCloseTo(7.5, 9);
  });

  test('keeps its digits over many batches of one size', () => {
    const model = modelOf([[1, 1]]);
    for (let batch = 0; batch < 10_000; batch++) {
      model.observe(64, 2);
    }
    expect(model.predictMs(64)).toBeCloseTo(2, 9);
    expect(model.predictMs(128)).toBeCloseTo(4, 9);
  });

  test('does not believe a single accident', () => {
    const model = modelOf(Array.from({ length: 60 }, (_, index) => [1 + (index % 8), 2 + (index % 8)] as const));
    model.observe(8, 10_000);
    expect(model.predictMs(8)).toBeLessThan(12); // it counts as 36 ms, with the weight of one in thirty-five
  });

  test('believes a model that has become slower after some hundred batches', () => {
    const model = modelOf([[1, 1]]);
    for (let batch = 0; batch < 300; batch++) {
      model.observe(1, 100);
    }
    expect(model.predictMs(1)).toBeGreaterThan(95);
  });

  test.each<[string, readonly (readonly [number, number])[], number]>([
    ['unknown at first', [], Number.POSITIVE_INFINITY],
    ['unknown while there is one size', [[4, 1]], Number.POSITIVE_INFINITY],
    [
      'without bound when rows cost nothing',
      [
        [1, 5],
        [8, 5],
      ],
      Number.POSITIVE_INFINITY,
    ],
    [
      'one when batches cost nothing',
      [
        [1, 2],
        [2, 4],
        [8, 16],
      ],
      1,
    ],
    [
      'forty-nine when a batch costs as much as a row',
      [
        [1, 2],
        [2, 3],
        [8, 9],
      ],
      49,
    ],
  ])('worthwhile rows are %s', (_, observations, rows) => {
    expect(modelOf(observations, 1).worthwhileRows()).toBe(rows);
  });
});
