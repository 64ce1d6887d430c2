import { describe, expect, it } from 'vitest';
import { fraction, normaliseFlags, positiveNumber, wholeNumber } from '../../scripts/src/flags.ts';

const DECLARED = new Set(['--rest_api_port', '--dry-run', '--model']);

describe('normaliseFlags', () => {
  it.each([
    ['--rest-api-port', '--rest_api_port'],
    ['--rest_api_port', '--rest_api_port'],
    ['--rest-api_port=8501', '--rest_api_port=8501'],
    ['--dry_run', '--dry-run'],
    ['--model=a-b_c=d', '--model=a-b_c=d'],
    ['--unknown_flag=x_y', '--unknown_flag'],
    ['a-b_c', 'a-b_c'],
    ['-x_y', '-x_y'],
  ])('makes %s %s', (arg, normalised) => {
    expect(normaliseFlags([arg], DECLARED)).toEqual([normalised]);
  });

  it('leaves what follows -- alone', () => {
    expect(normaliseFlags(['--dry_run', '--', '--dry_run'], DECLARED)).toEqual(['--dry-run', '--', '--dry_run']);
  });
});

describe('wholeNumber', () => {
  it('takes its bounds', () => {
    expect([wholeNumber(1, 8)('1'), wholeNumber(1, 8)('8')]).toEqual([1, 8]);
  });

  it.each(['0', '9', '-1', '1.5', '1e0', '', ' 1', 'x', 'NaN'])('refuses "%s" from 1 to 8', (text) => {
    expect(() => wholeNumber(1, 8)(text)).toThrow('a whole number from 1 to 8');
  });
});

describe('fraction', () => {
  it('takes 0 to 1', () => {
    expect(['0', '0.1', '1'].map(fraction)).toEqual([0, 0.1, 1]);
  });

  it.each(['-0.1', '1.1', '', 'x', '10%'])('refuses "%s"', (text) => {
    expect(() => fraction(text)).toThrow('a number from 0 to 1');
  });
});

describe('positiveNumber', () => {
  it('takes numbers from 0 on', () => {
    expect(['0', '1e-5', '2.5'].map(positiveNumber)).toEqual([0, 1e-5, 2.5]);
  });

  it.each(['-1', '', 'x', 'Infinity', '1,5'])('refuses "%s"', (text) => {
    expect(() => positiveNumber(text)).toThrow('a number, 0 or more');
  });
});
