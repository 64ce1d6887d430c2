import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { parseBenchArguments } from '../../../scripts/src/bench/arguments.ts';

describe('parseBenchArguments', () => {
  it('takes every case in nine rounds without arguments', () => {
    const { pattern, rounds } = parseBenchArguments([]);
    expect({ matches: pattern.test('json/read/1x784'), rounds }).toEqual({ matches: true, rounds: 9 });
  });

  it('reads a pattern and the number of rounds in any order', () => {
    const expected = { pattern: /^json\//, rounds: 3 };
    expect(parseBenchArguments(['^json/', '--rounds', '3'])).toEqual(expected);
    expect(parseBenchArguments(['--rounds', '3', '^json/'])).toEqual(expected);
  });

  it.each([
    ['an unknown flag', ['--fast'], '"--fast" is not understood'],
    ['a second pattern', ['a', 'b'], '"b" is not understood'],
    ['too few rounds', ['--rounds', '2'], '--rounds is "2"'],
    ['too many rounds', ['--rounds', '1001'], '--rounds is "1001"'],
    ['rounds without a number', ['--rounds'], '--rounds is ""'],
    ['a pattern that is none', ['('], 'pattern "(" is not a regular expression'],
  ])('refuses %s with INVALID_ARGUMENT', (_, args, message) => {
    expect(() => parseBenchArguments(args)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });
});
