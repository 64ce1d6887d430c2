import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prettyLine } from '../../../gpu-backend/src/logging/pretty-line.ts';

const HEAD = { level: 30, time: '2026-01-02T03:04:05.678Z' };
const pretty = (line: object, colours = false): string => prettyLine(JSON.stringify({ ...HEAD, ...line }), colours);

describe('prettyLine', () => {
  test('is time, level, sentence and facts', () => {
    const line = pretty({
      level: 40,
      msg: 'a model failed',
      model: 'mnist',
      version: 3,
      list: [1, 'a b'],
      text: 'a b',
    });
    expect(line).toBe(
      '2026-01-02 03:04:05.678 WARN  a model failed  model=mnist  version=3  list=[1,"a b"]  text="a b"\n',
    );
  });

  test('shows the stack of an error below it', () => {
    const error = { type: 'Error', message: 'no disk', stack: 'Error: no disk\n    at load (x.ts:1)' };
    expect(pretty({ msg: 'failed', error }).split('\n')).toEqual([
      '2026-01-02 03:04:05.678 INFO  failed  error="no disk"',
      '    Error: no disk',
      '        at load (x.ts:1)',
      '',
    ]);
  });

  test('paints the level and the facts on request only', () => {
    expect(pretty({ msg: 'x', a: 1 }, true)).toContain('\u001b[32mINFO \u001b[39m');
    expect(pretty({ msg: 'x', a: 1 })).not.toContain('\u001b');
  });

  test.each([
    ['a line break', '/a\n2026-01-02 ERROR forged', '\\n'],
    ['a carriage return', '/a\rERROR forged', '\\r'],
    ['a colour', '/a\u001b[31mred', '\\u001b[31mred'],
    ['an 8-bit control character', '/a\u009b31m', '\\u009b31m'],
    ['a line separator', '/a\u2028ERROR', '\\u2028ERROR'],
    ['text that is turned around', '/a\u202egpj.exe', '\\u202egpj.exe'],
  ])('escapes %s that a client sent', (_name, target, shown) => {
    const line = pretty({ msg: 'call', target });
    expect(line.split('\n')).toHaveLength(2);
    expect(line).toContain(shown);
  });

  test('is one printable line whatever the text and the facts are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (msg, key, value) => {
          const line = pretty({ msg, [`k${key}`]: value });
          expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
          expect(line.at(-1)).toBe('\n');
        },
      ),
    );
  });

  test('cuts long values', () => {
    expect(pretty({ msg: 'call', target: 'x'.repeat(100_000) }).length).toBeLessThan(1200);
  });
});
