import { describe, expect, test } from 'vitest';
import { ANY_BATCH, createBatchCosts } from '../../../gpu-backend/src/batching/batch-costs.ts';

describe('createBatchCosts', () => {
  test('predicts by the most particular key that is known', () => {
    const costs = createBatchCosts();
    costs.observe(['long', ANY_BATCH], 1, 10);
    costs.observe(['short', ANY_BATCH], 1, 2);
    expect(costs.predictMs(['long', ANY_BATCH], 1)).toBe(10);
    expect(costs.predictMs(['unseen', ANY_BATCH], 1)).toBeLessThan(10);
    expect(costs.predictMs(['unseen'], 1)).toBeUndefined();
  });

  test('knows of no worthwhile size at first', () => {
    expect(createBatchCosts().worthwhileRows([ANY_BATCH])).toBe(Number.POSITIVE_INFINITY);
  });

  test('forgets the key that is taught for longest, and never the one that all share', () => {
    const costs = createBatchCosts(3);
    for (const key of ['a', 'b', 'a', 'c']) {
      costs.observe([key, ANY_BATCH], 1, 1);
    }
    expect(['a', 'b', 'c', ANY_BATCH].map((key) => costs.predictMs([key], 1))).toEqual([1, undefined, 1, 1]);
  });
});
