import { Code } from '@tensorfleet/core';
import { type Image, imageToTensor, parsePreprocess } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';
import { noiseImage } from './golden.ts';

const MINIMAL = { width: 28, height: 14, channels: 'grayscale', normalisation: 'unit' };
const RGBA: Image = { width: 2, height: 1, channels: 4, data: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 0) };

function pipelineOf(fields: Record<string, unknown>) {
  return parsePreprocess({ image: { ...MINIMAL, ...fields } }).image;
}

describe('parsePreprocess', () => {
  it('fills in bilinear, NHWC, FP32 and batched', () => {
    expect(parsePreprocess({ image: MINIMAL })).toEqual({
      image: { ...MINIMAL, resize: 'bilinear', layout: 'NHWC', dtype: 'FP32', batched: true },
    });
  });

  it.each([
    ['nothing', undefined, 'preprocess is missing'],
    ['an array', [], 'preprocess is an array of 0'],
    ['no image', {}, 'preprocess.image is missing'],
    [
      'a width of zero',
      { image: { ...MINIMAL, width: 0 } },
      'preprocess.image.width is 0: too small: expected number to be >=1',
    ],
    [
      'a height beyond the limit',
      { image: { ...MINIMAL, height: 4097 } },
      'height is 4097: too big: expected number to be <=4096',
    ],
    ['a fraction', { image: { ...MINIMAL, width: 1.5 } }, 'preprocess.image.width is 1.5: '],
    ['an unknown filter', { image: { ...MINIMAL, resize: 'area' } }, 'preprocess.image.resize is "area": '],
    ['an unknown key', { image: { ...MINIMAL, mean: 1 } }, 'preprocess.image: unrecognized key: "mean"'],
    [
      'caffe in grayscale',
      { image: { ...MINIMAL, normalisation: 'caffe' } },
      'normalisation is "caffe": channels "grayscale" takes',
    ],
    [
      'torch in grayscale',
      { image: { ...MINIMAL, normalisation: 'torch' } },
      'normalisation is "torch": channels "grayscale" takes',
    ],
    [
      'UINT8 that is normalised',
      { image: { ...MINIMAL, dtype: 'UINT8' } },
      'normalisation is "unit": dtype "UINT8" takes "none"',
    ],
  ])('refuses with INVALID_ARGUMENT %s', (_, value, message) => {
    expect(() => parsePreprocess(value)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });

  it('names all problems at once', () => {
    const value = { image: { width: -1, height: 'x', channels: 'cmyk', normalisation: 'unit' }, other: 1 };
    const paths = /image\.width is -1.*image\.height is "x".*image\.channels is "cmyk".*key: "other"/;
    expect(() => parsePreprocess(value)).toThrow(paths);
  });

  it('keeps the message short for long values and many problems', () => {
    const keys = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, i]));
    const long = { image: { ...MINIMAL, resize: 'x'.repeat(1e6), ...keys } };
    expect(() => parsePreprocess(long)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^preprocess\.image\.resize is "x.{100,600}$/) }),
    );
  });
});

describe('imageToTensor', () => {
  it.each([
    [{ layout: 'NHWC' }, [1, 14, 28, 1]],
    [{ layout: 'NCHW' }, [1, 1, 14, 28]],
    [{ layout: 'NHWC', channels: 'rgb' }, [1, 14, 28, 3]],
    [{ layout: 'NCHW', channels: 'rgb' }, [1, 3, 14, 28]],
    [{ layout: 'NHWC', batched: false }, [14, 28, 1]],
    [{ layout: 'NCHW', channels: 'rgb', batched: false }, [3, 14, 28]],
  ])('with %j has the shape %j', (fields, shape) => {
    expect(imageToTensor(noiseImage(9, 9), pipelineOf(fields)).shape).toEqual(shape);
  });

  it.each([
    [{ channels: 'rgb', layout: 'NHWC' }, [1, 2, 3, 4, 5, 6]],
    [{ channels: 'rgb', layout: 'NCHW' }, [1, 4, 2, 5, 3, 6]],
    [{ channels: 'grayscale', layout: 'NCHW' }, [2, 5]],
  ])('with %j lays the samples out as UINT8', (fields, samples) => {
    const pipeline = pipelineOf({ width: 2, height: 1, normalisation: 'none', dtype: 'UINT8', ...fields });
    const { dtype, data } = imageToTensor(RGBA, pipeline);
    expect([dtype, [...data]]).toEqual(['UINT8', samples]);
  });

  it('converts before it resizes, as Pillow users do', () => {
    const pixels = Uint8Array.of(0, 200, 0, 255, 128, 0, 64, 255);
    const image: Image = { width: 2, height: 1, channels: 4, data: pixels };
    const pipeline = pipelineOf({ width: 1, height: 1, normalisation: 'none' });
    expect([...imageToTensor(image, pipeline).data]).toEqual([82]); // 81 the other way round
  });

  it('normalises to FP32', () => {
    const { data } = imageToTensor(RGBA, pipelineOf({ width: 2, height: 1, channels: 'rgb' }));
    expect(data).toEqual(Float32Array.from([1, 2, 3, 4, 5, 6], (value) => value / 255));
  });
});
