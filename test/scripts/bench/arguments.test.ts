import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { parseBenchArguments } from '../../../scripts/src/bench/arguments.ts';

describe('parseBenchArguments', () => {
  it('takes every case that is quick in nine rounds without arguments', () => {
    const { pattern, rounds } = parseBenchArguments([]);
    const names = ['json/read/1x784', 'savedmodel/run/mlp/1', 'memory/onnx/500'];
    expect({ chosen: names.filter((name) => pattern.test(name)), rounds }).toEqual({
      chosen: names.slice(0, 1),
      rounds: 9,
    });
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
