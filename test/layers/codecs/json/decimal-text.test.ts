import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDecimal, writeShortDecimal } from '../../../../layers/codecs/src/json/decimal-text.ts';

describe('writeShortDecimal', () => {
  it.each(['FP16', 'BF16', 'FP32', 'FP64'] as const)('writes what formatDecimal gives, or nothing, for %s', (dtype) => {
    const wide = fc.double({ noNaN: true, min: -2e6, max: 2e6 });
    const short = fc.tuple(fc.integer({ min: -(10 ** 7), max: 10 ** 7 }), fc.nat(11)).map(([n, e]) => n / 10 ** e);
    const dyadic = fc.tuple(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), fc.nat(36)).map(([n, e]) => n / 2 ** e);
    const small = fc.tuple(fc.double({ noNaN: true, min: -10, max: 10 }), fc.nat(46)).map(([n, e]) => n * 10 ** -e);
    const round = dtype === 'FP16' ? Math.f16round : dtype === 'FP64' ? (value: number) => value : Math.fround;
    const target = new Uint8Array(64);
    fc.assert(
      fc.property(fc.oneof(wide, short, dyadic, small), (number) => {
        const value = round(number);
        const length = writeShortDecimal(value, dtype, target, 1);
        expect(length).toBeLessThan(17);
        if (length > 0) {
          expect(new TextDecoder().decode(target.subarray(1, 1 + length))).toBe(formatDecimal(value, dtype));
        }
      }),
      { numRuns: 5000 },
    );
  });
});
