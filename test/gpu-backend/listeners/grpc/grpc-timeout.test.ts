import { describe, expect, test } from 'vitest';
import { parseGrpcTimeout } from '../../../../gpu-backend/src/listeners/grpc/grpc-timeout.ts';

describe('parseGrpcTimeout', () => {
  test.each([
    [undefined, Number.POSITIVE_INFINITY],
    ['2H', 7_200_000],
    ['3M', 180_000],
    ['4S', 4_000],
    ['250m', 250],
    ['1500u', 1.5],
    ['99999999n', 99.999999],
    ['0S', 0],
    ['99999999H', 359_999_996_400_000],
  ])('reads %j as %d ms', (value, expected) => {
    expect(parseGrpcTimeout(value)).toBeCloseTo(expected, 9);
  });

  test.each(['', 'S', '10', '1s', '1 S', ' 1S', '+1S', '-1S', '1.5S', '1e3m', '0x1S', '123456789n', '1S, 1S', '1S\n'])(
    'refuses %j',
    (value) => {
      expect(() => parseGrpcTimeout(value)).toThrow(`grpc-timeout is ${JSON.stringify(value)}`);
    },
  );
});
