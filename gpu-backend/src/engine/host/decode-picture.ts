// biome-ignore-all lint/style/noNonNullAssertion: hot file, every read is of a pixel inside the picture
import { type AnyTensor, invalidArgument, tensor, unimplemented } from '@tensorfleet/core';
import { decodeImage, type Image, sniffImage } from '@tensorfleet/preprocess';
import { booleanAttribute, dtypeAttribute, numberAttribute, textAttribute } from './attributes.ts';
import type { HostAttributes, HostKernel, HostOp } from './host-op.ts';
import { stringAt } from './inputs.ts';
import { isDeep, sourceChannels } from './picture-channels.ts';

/**
 * JPEG and PNG pictures as TensorFlow decodes them: [height, width, channels] of UINT8. TensorFlow's default for JPEGs
 * is libjpeg's fast transform.
 */
export const decodeJpeg: HostOp = (attributes) => {
  const method = textAttribute(attributes, 'dct_method', '');
  if (!['', 'INTEGER_FAST', 'INTEGER_ACCURATE'].includes(method)) {
    throw unimplemented(`dct_method '${method}' is not supported`);
  }
  if (numberAttribute(attributes, 'ratio', 1) !== 1 || !booleanAttribute(attributes, 'fancy_upscaling', true)) {
    throw unimplemented('DecodeJpeg with a ratio or without fancy_upscaling is not supported');
  }
  if (booleanAttribute(attributes, 'try_recover_truncated', false)) {
    throw unimplemented('DecodeJpeg that recovers truncated pictures is not supported');
  }
  return pictureKernel(attributes, method === 'INTEGER_ACCURATE' ? 'accurate' : 'fast');
};

export const decodePng: HostOp = (attributes) => pictureKernel(attributes);

/** Animations are none of the formats here: expand_animations changes nothing. */
export const decodeImageOp: HostOp = (attributes) => pictureKernel(attributes);

function pictureKernel(attributes: HostAttributes, jpegTransform: 'accurate' | 'fast' = 'fast'): HostKernel {
  const channels = numberAttribute(attributes, 'channels', 0);
  const dtype = dtypeAttribute(attributes, 'dtype', 'UINT8');
  if (dtype !== 'UINT8' || ![0, 1, 3, 4].includes(channels)) {
    throw unimplemented(`decoding pictures to ${dtype} with ${channels} channels is not supported`);
  }
  return async (inputs) => {
    const bytes = stringAt(inputs, 0, 'contents');
    const { format } = sniffImage(bytes);
    if (format === 'webp') {
      throw unimplemented('the picture is a WebP; JPEG and PNG are supported');
    }
    const found = sourceChannels(bytes, format);
    if (format === 'jpeg' && channels === 4) {
      throw invalidArgument('JPEG does not support 4 channels');
    }
    if (channels === 1 && found >= 3 && (format === 'jpeg' || isDeep(bytes))) {
      throw unimplemented(`a ${format} in colour, but for PNGs of 8 bits, cannot be decoded to 1 channel`);
    }
    return [pixels(await decodeImage(bytes, { jpegTransform }), channels === 0 ? found : channels)];
  };
}

function pixels({ width, height, data }: Image<4>, channels: number): AnyTensor {
  const picture = new Uint8Array(width * height * channels);
  const offsets = [0, 1, 2, 3].slice(0, channels === 2 ? 1 : channels);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    if (channels === 1) {
      picture[to++] = grayOf(data[from]!, data[from + 1]!, data[from + 2]!);
      continue;
    }
    for (const offset of offsets) {
      picture[to++] = data[from + offset]!;
    }
    if (channels === 2) {
      picture[to++] = data[from + 3]!;
    }
  }
  return tensor('UINT8', [height, width, channels], picture);
}

/** libpng's weights, 0.299 and 0.587 cut to 15 bits, and its rounding down; grays stay what they are. */
function grayOf(red: number, green: number, blue: number): number {
  return red === green && red === blue ? red : (RED * red + GREEN * green + BLUE * blue) >> 15;
}

const RED = 9797;
const GREEN = 19_234;
const BLUE = 32_768 - RED - GREEN;
