import { type Normalisation, normalise, type OpaqueImage } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';
import { goldenFile, loadGolden, noiseImage } from '../golden.ts';

const golden = loadGolden();
const results = goldenFile('normalise.bin');

/** All 256 sample values in every channel: [1, 256, channels]. */
function allValues(channels: 1 | 3): OpaqueImage {
  const data = Uint8Array.from({ length: 256 * channels }, (_, i) => Math.floor(i / channels));
  return channels === 1 ? { width: 256, height: 1, channels, data } : { width: 256, height: 1, channels, data };
}

describe('normalise', () => {
  it.each(golden.normalise)('makes the float32 bits that Keras makes: $mode, $channels channels', (one) => {
    const actual = normalise(allValues(one.channels), one.mode as Normalisation, 'NHWC');
    const expected = new Float32Array(results.slice(one.offset, one.offset + one.bytes).buffer);
    expect(new Uint32Array(actual.buffer)).toEqual(new Uint32Array(expected.buffer));
  });

  it.each(['tf', 'caffe', 'torch', 'unit', 'none'] as const)('lays %s out as NCHW with the values of NHWC', (mode) => {
    const image = noiseImage(5, 3);
    const nhwc = normalise(image, mode, 'NHWC');
    const nchw = normalise(image, mode, 'NCHW');
    const transposed = Float32Array.from(nchw, (_, i) => nhwc[(i % 15) * 3 + Math.floor(i / 15)]!);
    expect(nchw).toEqual(transposed);
  });

  it('turns RGB into BGR for caffe', () => {
    const image = { width: 1, height: 1, channels: 3, data: Uint8Array.of(10, 20, 30) } as const;
    const [blue, green, red] = normalise(image, 'caffe', 'NHWC');
    expect([blue, green, red].map((value) => Math.round(value ?? 0))).toEqual([30 - 104, 20 - 117, 10 - 124]);
  });
});
