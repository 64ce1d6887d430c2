import { Code } from '@tensorfleet/core';
import { type ResizeFilter, resizeImage } from '@tensorfleet/preprocess';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenSource, loadGolden, noiseImage, sha256 } from '../golden.ts';

const golden = loadGolden();
const FILTERS: readonly ResizeFilter[] = ['nearest', 'bilinear', 'bicubic', 'lanczos'];

describe('resizeImage', () => {
  it.each(FILTERS)('makes the bytes that Pillow makes with %s', (filter) => {
    const cases = golden.resize.filter((one) => one.filter === filter);
    const wrong = cases.filter((one) => {
      const [width, height] = one.target;
      const { data } = resizeImage(goldenSource(one), width, height, filter);
      const expected = one.base64 === undefined ? one.sha256 : sha256(Buffer.from(one.base64, 'base64'));
      return sha256(data) !== expected;
    });
    expect(cases.length).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
  });

  it.each(FILTERS)('returns the picture itself at its own size with %s', (filter) => {
    const image = noiseImage(9, 4);
    expect(resizeImage(image, 9, 4, filter)).toBe(image);
  });

  it('keeps a plain area plain at any scale, so weights sum to one', () => {
    const side = fc.integer({ min: 1, max: 60 });
    const plain = fc.tuple(side, side, side, side, fc.integer({ min: 0, max: 255 }), fc.constantFrom(...FILTERS));
    fc.assert(
      fc.property(plain, ([width, height, toWidth, toHeight, value, filter]) => {
        const data = new Uint8Array(width * height).fill(value);
        const resized = resizeImage({ width, height, channels: 1, data }, toWidth, toHeight, filter);
        expect(resized.data).toEqual(new Uint8Array(toWidth * toHeight).fill(value));
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('clips what sharp kernels overshoot to 0..255 instead of wrapping', () => {
    const edge = Uint8Array.from({ length: 8 }, (_, x) => (x < 4 ? 0 : 255));
    const { data } = resizeImage({ width: 8, height: 1, channels: 1, data: edge }, 64, 1, 'lanczos');
    expect(data.findLastIndex((value) => value < 128)).toBe(31);
    expect(data.findIndex((value) => value >= 128)).toBe(32);
  });

  it('has exactly the target size for any source, target and filter', () => {
    const side = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(...FILTERS), (width, height, toWidth, toHeight, filter) => {
        const resized = resizeImage(noiseImage(width, height), toWidth, toHeight, filter);
        expect([resized.width, resized.height, resized.channels]).toEqual([toWidth, toHeight, 3]);
        expect(resized.data.length).toBe(toWidth * toHeight * 3);
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  it('refuses with RESOURCE_EXHAUSTED what is too wide and too high between the passes', () => {
    const tall = { width: 1, height: 65_535, channels: 1, data: new Uint8Array(65_535) } as const;
    expect(() => resizeImage(tall, 4096, 4096, 'bilinear')).toThrow(
      expect.objectContaining({
        code: Code.ResourceExhausted,
        message: expect.stringContaining('268431360 pixels, the limit is 32000000'),
      }),
    );
  });
});
