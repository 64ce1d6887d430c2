import { describe, expect, it } from 'vitest';
import { sliceKey } from '../../../../../gpu-backend/src/engine/savedmodel/bundle/ordered-code.ts';

describe('sliceKey', () => {
  it.each([
    ['t', [], '00 74 0001 00'],
    ['t', [{ start: 0, length: -1 }], '00 74 0001 0101 80 7f'],
    ['t', [{ start: 63, length: 64 }], '00 74 0001 0101 bf c040'],
    ['t', [{ start: 8191, length: 8192 }], '00 74 0001 0101 dfff e02000'],
    ['t', [{ start: 2 ** 48, length: 2 ** 53 - 1 }], '00 74 0001 0101 ff01000000000000 ff1fffffffffffff'],
    ['a\0b', [], '00 6100ff62 0001 00'],
    ['\u2603', [], '00 e29883 0001 00'],
    [
      't',
      [
        { start: 1, length: 2 },
        { start: 3, length: 4 },
      ],
      '00 74 0001 0102 81 82 83 84',
    ],
  ])('of %j %j is %s', (name, extents, key) => {
    expect(Buffer.from(sliceKey(name, extents)).toString('hex')).toBe(key.replaceAll(' ', ''));
  });
});
