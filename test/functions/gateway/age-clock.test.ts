import { describe, expect, it } from 'vitest';
import { createAgeClock } from '../../../functions/src/gateway/age-clock.ts';

describe('createAgeClock', () => {
  it.each([
    ['both go on', [10, 10], 10],
    ['the monotonic clock stood still in a frozen sandbox', [0, 60_000], 60_000],
    ['the wall clock was set back', [10, -5_000], 10],
    ['both stand still', [0, 0], 0],
    ['the wall clock was set back while the sandbox was frozen', [0, -5_000], 0],
  ])('counts from reading to reading: %s', (_, [monotonicMs = 0, wallMs = 0], age) => {
    let [monotonic, wall] = [500, 1_000_000];
    const now = createAgeClock(
      () => monotonic,
      () => wall,
    );
    expect(now()).toBe(0);
    monotonic += monotonicMs;
    wall += wallMs;
    expect(now()).toBe(age);
    expect(now()).toBe(age);
  });
});
