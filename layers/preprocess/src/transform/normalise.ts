// biome-ignore-all lint/style/noNonNullAssertion: hot file, tables have 256 entries and samples eight bits
import type { OpaqueImage } from '../image.ts';

export const NORMALISATIONS = ['tf', 'caffe', 'torch', 'unit', 'none'] as const;

/**
 * tf: x / 127.5 - 1. caffe: BGR, minus the mean of ImageNet. torch: x / 255, minus mean, divided by deviation.
 * unit: x / 255. none: x.
 */
export type Normalisation = (typeof NORMALISATIONS)[number];

export const LAYOUTS = ['NHWC', 'NCHW'] as const;

/** Order of height, width and channels in memory. */
export type Layout = (typeof LAYOUTS)[number];

const SAMPLE_VALUES = 256;
const CAFFE_MEAN_BGR = [103.939, 116.779, 123.68];
const TORCH_MEAN_RGB = [0.485, 0.456, 0.406];
const TORCH_DEVIATION_RGB = [0.229, 0.224, 0.225];

/**
 * Samples as a model was trained on them, bit for bit what Keras's preprocess_input makes of float32 (unit and none:
 * x / 255 and x). caffe and torch are defined for three channels.
 * Returns [height, width, channels] for NHWC, [channels, height, width] for NCHW.
 */
export function normalise(image: OpaqueImage, mode: Normalisation, layout: Layout): Float32Array {
  const { channels, data } = image;
  const pixels = image.width * image.height;
  const out = new Float32Array(pixels * channels);
  const pixelStep = layout === 'NHWC' ? channels : 1;
  const channelStep = layout === 'NHWC' ? 1 : pixels;
  for (let channel = 0; channel < channels; channel++) {
    const table = tableOf(mode, channel);
    let from = mode === 'caffe' ? channels - 1 - channel : channel;
    let to = channel * channelStep;
    for (let pixel = 0; pixel < pixels; pixel++) {
      out[to] = table[data[from]!]!;
      from += channels;
      to += pixelStep;
    }
  }
  return out;
}

/** The samples as they are: [height, width, channels] without a copy for NHWC, [channels, height, width] for NCHW. */
export function arrangeSamples(image: OpaqueImage, layout: Layout): Uint8Array {
  const { channels, data } = image;
  if (layout === 'NHWC' || channels === 1) {
    return data;
  }
  const pixels = image.width * image.height;
  const out = new Uint8Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      out[channel * pixels + pixel] = data[pixel * channels + channel]!;
    }
  }
  return out;
}

/** What becomes of each sample value in one output channel. */
function tableOf(mode: Normalisation, channel: number): Float32Array {
  return Float32Array.from({ length: SAMPLE_VALUES }, (_, value) => normaliseSample(value, mode, channel));
}

/** Every step rounds to float32, as the steps of numpy do; rounding only the result gives other bits. */
function normaliseSample(value: number, mode: Normalisation, channel: number): number {
  const f32 = Math.fround;
  switch (mode) {
    case 'tf':
      return f32(f32(value / 127.5) - 1);
    case 'caffe':
      return f32(value - f32(CAFFE_MEAN_BGR[channel]!));
    case 'torch': {
      const centered = f32(f32(value / 255) - f32(TORCH_MEAN_RGB[channel]!));
      return f32(centered / f32(TORCH_DEVIATION_RGB[channel]!));
    }
    case 'unit':
      return f32(value / 255);
    case 'none':
      return value;
  }
}
