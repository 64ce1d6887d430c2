import { describe, expect, it } from 'vitest';
import { softmax } from '../../../../layers/preprocess/src/classification/softmax.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe('softmax', () => {
  it.each([
    ['equal logits', [0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]],
    ['logits whose exponentials overflow', [1000, 1000], [0.5, 0.5]],
    ['logits whose exponentials underflow', [-1000, -1000], [0.5, 0.5]],
    ['an infinite logit', [1, inf, 2, inf], [0, 0.5, 0, 0.5]],
    ['logits that are all minus infinity', [-inf, -inf], [0.5, 0.5]],
    ['a NaN among them', [1, nan], [nan, nan]],
  ])('of %s', (_, logits, probabilities) => {
    expect([...softmax(Float64Array.from(logits))]).toEqual(probabilities);
  });

  it('gives the odds that the difference of logits says', () => {
    const [first, second] = softmax(Float64Array.of(Math.log(3), 0));
    expect(first).toBeCloseTo(0.75, 15); // a rounding of exp and of the division
    expect(second).toBeCloseTo(0.25, 15);
  });
});
