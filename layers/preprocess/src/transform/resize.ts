// biome-ignore-all lint/style/noNonNullAssertion: hot file, offsets come from geometry computed once per picture
import { resourceExhausted } from '@tensorfleet/core';
import type { Image, OpaqueImage } from '../image.ts';
import { type ResampleFilter, type ResampleWeights, resampleWeights, WEIGHT_BITS } from './resample-filters.ts';

export type ResizeFilter = 'nearest' | ResampleFilter;

/** Between the two passes a picture is as wide as the target and as high as the source; this bounds both passes. */
const MAX_INTERMEDIATE_PIXELS = 32e6;

const HALF = 1 << (WEIGHT_BITS - 1);

/**
 * The picture stretched to width x height, bit for bit what Pillow's Image.resize makes of modes L and RGB (its method:
 * MIT-CMU licence). At equal sizes the picture itself is returned.
 * Throws RESOURCE_EXHAUSTED when target width times source height is over 32 million.
 */
export function resizeImage<I extends OpaqueImage>(image: I, width: number, height: number, filter: ResizeFilter): I {
  if (image.width === width && image.height === height) {
    return image;
  }
  if (filter === 'nearest') {
    return { ...image, width, height, data: pickNearest(image, width, height) };
  }
  const between = width * image.height;
  if (between > MAX_INTERMEDIATE_PIXELS) {
    throw resourceExhausted(
      `resizing ${image.width}x${image.height} pixels to ${width}x${height} passes through ${between} pixels, ` +
        `the limit is ${MAX_INTERMEDIATE_PIXELS}`,
    );
  }
  // Eight bits are kept between the passes, horizontal first: another order or precision gives other pixels.
  const rows = image.width === width ? image.data : resampleRows(image, resampleWeights(filter, image.width, width));
  const data =
    image.height === height
      ? rows
      : resampleColumns(rows, width * image.channels, resampleWeights(filter, image.height, height));
  return { ...image, width, height, data };
}

/**
 * Source positions of nearest neighbours. They are floors of a sum that grows step by step, as in Pillow; the closed
 * form (i + 0.5) * step rounds differently and picks other pixels.
 */
function nearestPositions(inputSize: number, outputSize: number): Int32Array {
  const step = inputSize / outputSize;
  const positions = new Int32Array(outputSize);
  let position = step * 0.5;
  for (let i = 0; i < outputSize; i++) {
    positions[i] = Math.trunc(position);
    position += step;
  }
  return positions;
}

function pickNearest(image: OpaqueImage, width: number, height: number): Uint8Array {
  const { channels, data } = image;
  const columns = nearestPositions(image.width, width);
  const rows = nearestPositions(image.height, height);
  const out = new Uint8Array(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = rows[y]! * image.width;
    for (let x = 0; x < width; x++) {
      const from = (row + columns[x]!) * channels;
      for (let c = 0; c < channels; c++) {
        out[to++] = data[from + c]!;
      }
    }
  }
  return out;
}

function resampleRows(image: OpaqueImage, geometry: ResampleWeights): Uint8Array {
  return image.channels === 1 ? resampleGrayRows(image, geometry) : resampleRgbRows(image, geometry);
}

/** out: [height, outputs] from image: [height, width]. */
function resampleGrayRows(image: Image<1>, geometry: ResampleWeights): Uint8Array {
  const { width, height, data } = image;
  const { starts, counts, weights, stride } = geometry;
  const outputs = starts.length;
  const out = new Uint8ClampedArray(height * outputs);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outputs; x++) {
      let from = y * width + starts[x]!;
      const end = x * stride + counts[x]!;
      let sum = HALF;
      for (let tap = x * stride; tap < end; tap++) {
        sum += Math.imul(data[from++]!, weights[tap]!);
      }
      out[to++] = sum >> WEIGHT_BITS;
    }
  }
  return new Uint8Array(out.buffer);
}

/** out: [height, outputs, 3] from image: [height, width, 3]; three sums at a time read each weight once. */
function resampleRgbRows(image: Image<3>, geometry: ResampleWeights): Uint8Array {
  const { width, height, data } = image;
  const { starts, counts, weights, stride } = geometry;
  const outputs = starts.length;
  const out = new Uint8ClampedArray(height * outputs * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outputs; x++) {
      let from = (y * width + starts[x]!) * 3;
      const end = x * stride + counts[x]!;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let tap = x * stride; tap < end; tap++) {
        const weight = weights[tap]!;
        red += Math.imul(data[from]!, weight);
        green += Math.imul(data[from + 1]!, weight);
        blue += Math.imul(data[from + 2]!, weight);
        from += 3;
      }
      out[to] = red >> WEIGHT_BITS;
      out[to + 1] = green >> WEIGHT_BITS;
      out[to + 2] = blue >> WEIGHT_BITS;
      to += 3;
    }
  }
  return new Uint8Array(out.buffer);
}

/** out: [outputs, rowBytes] from data: [inputs, rowBytes]; channels need no care in this direction. */
function resampleColumns(data: Uint8Array, rowBytes: number, geometry: ResampleWeights): Uint8Array {
  const { starts, counts, weights, stride } = geometry;
  const outputs = starts.length;
  const out = new Uint8ClampedArray(outputs * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < outputs; y++) {
    const tap = y * stride;
    const count = counts[y]!;
    let from = starts[y]! * rowBytes;
    sums.fill(HALF);
    for (let t = 0; t < count; t++) {
      const weight = weights[tap + t]!;
      for (let i = 0; i < rowBytes; i++) {
        sums[i] = sums[i]! + Math.imul(data[from + i]!, weight);
      }
      from += rowBytes;
    }
    const to = y * rowBytes;
    for (let i = 0; i < rowBytes; i++) {
      out[to + i] = sums[i]! >> WEIGHT_BITS;
    }
  }
  return new Uint8Array(out.buffer);
}
