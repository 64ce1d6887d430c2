import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extendCrc32c, maskCrc32c } from '../../../../layers/codecs/src/tfrecord/crc32c.ts';

/** The definition, bit by bit. */
function slowCrc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    }
  }
  return ~value >>> 0;
}

describe('extendCrc32c', () => {
  it.each([
    // of RFC 3720, B.4
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    ['nothing', new Uint8Array(0), 0],
  ])('of %s is what the standard says', (_, bytes, expected) => {
    expect(extendCrc32c(0, bytes)).toBe(expected);
  });

  it('is the definition at any address, length and cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(9), fc.nat(100), (bytes, skipped, cut) => {
        const view = new Uint8Array(bytes.length + skipped).subarray(skipped);
        view.set(bytes);
        const half = extendCrc32c(0, view.subarray(0, cut));

        expect(extendCrc32c(half, view.subarray(cut))).toBe(slowCrc32c(bytes));
      }),
    );
  });
});

describe('maskCrc32c', () => {
  it('rotates and adds, modulo 2^32', () => {
    expect(maskCrc32c(0)).toBe(0xa282ead8);
    expect(maskCrc32c(0xffffffff)).toBe(0xa282ead7);
    expect(maskCrc32c(0x8000)).toBe(0xa282ead9);
  });
});
