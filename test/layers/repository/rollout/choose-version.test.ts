import { type Version, version } from '@tensorfleet/core';
import { chooseVersion, heaviestVersion, stickyUnit, type VersionWeights } from '@tensorfleet/repository';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function weightsOf(weights: Readonly<Record<number, number>>): VersionWeights {
  return new Map(Object.entries(weights).map(([number, weight]) => [version(Number(number)), weight]));
}

function keys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `user-${i}`);
}

function sticky(model: string, weights: VersionWeights, key: string): Version {
  return chooseVersion(weights, (each) => stickyUnit(model, each, key));
}

/** Pearson's sum over cells; about as large as the number of cells when `counts` follow `expected`. */
function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce((sum, count, i) => sum + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 0), 0);
}

describe('stickyUnit', () => {
  // printf '%s' 'mnist/13/user-42' | sha256sum | cut -c1-12, divided by 2^48
  it.each([
    ['mnist', 13, 'user-42', 0xdc3c6176a2df],
    ['mnist', 12, 'user-42', 0xbfb3e41ed13f],
    ['ködel', 1, 'a/b', 0x23e4f8fc330e],
  ])('is the documented function of %s, %d and %s', (model, number, key, bits) => {
    expect(stickyUnit(model, version(number), key)).toBe(bits / 2 ** 48);
  });

  it.each(['mnist', 'half', ''])('is uniform over keys that look alike, for model %j', (model) => {
    const cells = new Array<number>(100).fill(0);
    for (const key of keys(20_000)) {
      const cell = Math.floor(stickyUnit(model, version(7), key) * 100);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    // 99 degrees of freedom: 148 is passed by chance once in a thousand, and these keys never change
    expect(chiSquare(cells, new Array(100).fill(200))).toBeLessThan(148);
  });

  it.each([
    ['models', ['a', 1], ['b', 1]],
    ['versions of a model', ['a', 1], ['a', 2]],
  ] as const)('does not choose the same keys for two %s', (_what, [model, first], [other, second]) => {
    const cells = [0, 0, 0, 0];
    for (const key of keys(20_000)) {
      const x = stickyUnit(model, version(first), key) < 0.5 ? 0 : 1;
      const y = stickyUnit(other, version(second), key) < 0.5 ? 0 : 2;
      cells[x + y] = (cells[x + y] ?? 0) + 1;
    }
    expect(chiSquare(cells, [5000, 5000, 5000, 5000])).toBeLessThan(16.3); // 3 degrees of freedom, one in a thousand
  });
});

describe('chooseVersion', () => {
  it.each([
    [{ 12: 95, 13: 5 }, 0, 13],
    [{ 12: 95, 13: 5 }, 0.0499, 13],
    [{ 12: 95, 13: 5 }, 0.05, 12],
    [{ 12: 95, 13: 5 }, 0.9999, 12],
    [{ 12: 1, 13: 19 }, 0.9499, 13],
    [{ 12: 1 }, 0.9999, 12],
    [{ 12: 0.0001 }, 0, 12],
  ])('of %j at %d is %d', (weights, unit, expected) => {
    expect(chooseVersion(weightsOf(weights), () => unit)).toBe(expected);
  });

  it('throws when there is no version', () => {
    expect(() => chooseVersion(new Map(), () => 0)).toThrow(RangeError);
  });

  it('gives each of several versions its share of the keys', () => {
    const weights = weightsOf({ 3: 50, 5: 20, 8: 25, 9: 5 });
    const counts = new Map([...weights.keys()].map((each) => [each, 0]));
    for (const key of keys(20_000)) {
      const chosen = sticky('m', weights, key);
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
    }
    expect(chiSquare([...counts.values()], [10_000, 4_000, 5_000, 1_000])).toBeLessThan(16.3);
  });

  it('moves keys to the highest version only, when that gets more weight', () => {
    const weight = fc.double({ min: 0.001, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 2, maxLength: 5 }), weight, fc.string(), (given, more, key) => {
        const candidate = version(given.length - 1);
        const before = new Map(given.map((each, i) => [version(i), each]));
        const after = new Map([...before, [candidate, (before.get(candidate) ?? 0) + more] as const]);
        expect([sticky('m', before, key), candidate]).toContain(sticky('m', after, key));
      }),
      { seed: 6, numRuns: 2_000 },
    );
  });

  it('gives the same choice for weights of another sum', () => {
    for (const key of keys(200)) {
      expect(sticky('m', weightsOf({ 12: 90, 13: 10 }), key)).toBe(sticky('m', weightsOf({ 12: 9, 13: 1 }), key));
    }
  });
});

describe('heaviestVersion', () => {
  it.each([
    [{ 12: 95, 13: 5 }, 12],
    [{ 12: 5, 13: 95 }, 13],
    [{ 12: 50, 13: 50 }, 12],
  ])('of %j is %d', (weights, expected) => {
    expect(heaviestVersion(weightsOf(weights))).toBe(expected);
  });

  it('throws when there is no version', () => {
    expect(() => heaviestVersion(new Map())).toThrow(RangeError);
  });
});
