import { parseVersion, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';

describe('version', () => {
  it.each([-1, 1.5, 2 ** 53, 2n ** 63n, Number.NaN])('refuses %s', (value) => {
    expect(() => version(value)).toThrow(String(value));
  });

  it('takes bigints in the safe range', () => {
    expect(version(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('parseVersion', () => {
  it.each([
    { text: '00000123', expected: 123 },
    { text: '0', expected: 0 },
    { text: '+1', expected: undefined },
    { text: '1e3', expected: undefined },
    { text: '', expected: undefined },
    { text: '9223372036854775808', expected: undefined },
  ])('of "$text" is $expected', ({ text, expected }) => {
    expect(parseVersion(text)).toBe(expected);
  });
});
