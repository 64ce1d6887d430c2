// biome-ignore-all lint/style/noNonNullAssertion: hot file, every read is of a pixel inside the picture
import type { Image, OpaqueImage } from '../image.ts';

// ITU-R 601-2 luma in 16-bit fixed point, rounded: the weights of Pillow's convert('L').
const RED = 19_595;
const GREEN = 38_470;
const BLUE = 7471;
const HALF = 0x8000;

/** Three channels, as Pillow's convert('RGB'): alpha is dropped (not composited), gray is repeated. */
export function toRgb(image: Image): Image<3> {
  const { width, height, channels, data } = image;
  const pixels = width * height;
  if (channels === 3) {
    return { width, height, channels, data };
  }
  const green = channels === 1 ? 0 : 1;
  const blue = channels === 1 ? 0 : 2;
  const rgb = new Uint8Array(pixels * 3);
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    rgb[to] = data[from]!;
    rgb[to + 1] = data[from + green]!;
    rgb[to + 2] = data[from + blue]!;
  }
  return { width, height, channels: 3, data: rgb };
}

/**
 * One channel, as Pillow's convert('L'): alpha is dropped. Gray pixels (r = g = b) keep their value, so pictures that a
 * decoder widened to RGBA come back as they were.
 */
export function toGray(image: Image): Image<1> {
  const { width, height, channels, data } = image;
  if (channels === 1) {
    return { width, height, channels, data };
  }
  const gray = new Uint8Array(width * height);
  for (let from = 0, to = 0; to < gray.length; from += channels, to++) {
    gray[to] = (data[from]! * RED + data[from + 1]! * GREEN + data[from + 2]! * BLUE + HALF) >> 16;
  }
  return { width, height, channels: 1, data: gray };
}

export type ColorMode = 'grayscale' | 'rgb';

/** The picture in the channels that a model wants; shares data with `image` where it has them already. */
export function toColorMode(image: Image, mode: ColorMode): OpaqueImage {
  return mode === 'grayscale' ? toGray(image) : toRgb(image);
}
