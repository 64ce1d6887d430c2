import { resourceExhausted, StatusError } from '@tensorfleet/core';
import type { Image } from '../image.ts';
import type { CreateDecoder, DecodedPixels, Decoder } from './decoder.ts';
import { createJpegDecoder, createWebpDecoder } from './emscripten-decoder.ts';
import { type ImageHeader, unreadable } from './image-header.ts';
import { checkJpegScans } from './jpeg-header.ts';
import { checkPngData } from './png-data.ts';
import { createPngDecoder } from './png-decoder.ts';
import { sniffImage } from './sniff.ts';
import { type DecoderKind, loadWasm } from './wasm-files.ts';

export interface DecodeLimits {
  /** Width times height; default 24 million (decoding takes about 12 bytes of memory per pixel). */
  readonly maxPixels?: number;
  /** Size of the encoded picture; default 10 MiB. */
  readonly maxBytes?: number;
}

export interface DecodeOptions extends DecodeLimits {
  /**
   * libjpeg's inverse transform of JPEGs. `accurate` (default) is what Pillow and browsers use; `fast` rounds down, and
   * is TensorFlow's default.
   */
  readonly jpegTransform?: 'accurate' | 'fast';
}

const DEFAULT_MAX_PIXELS = 24e6;
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
/** The largest side that JPEG allows. PNG would allow one row of 24 million pixels, which no resize can be quick on. */
const MAX_SIDE = 65_535;
/** An instance that grew beyond this for a large picture is not kept for the next. */
const MAX_KEPT_MEMORY_BYTES = 64 * 1024 * 1024;

const CREATE_DECODER: Readonly<Record<DecoderKind, CreateDecoder>> = {
  jpeg: createJpegDecoder,
  'jpeg-fast': createJpegDecoder,
  png: createPngDecoder,
  webp: createWebpDecoder,
};

const keptDecoders = new Map<DecoderKind, Decoder>();

/**
 * The pixels of a JPEG, PNG or WebP as RGBA (gray pictures have r = g = b), as Pillow decodes them: orientation tags,
 * colour profiles and gamma are ignored, of 16-bit samples the high byte is taken. Limits are checked on the header,
 * before anything is decoded. The decoding itself runs on the calling thread.
 *
 * Rejects with RESOURCE_EXHAUSTED for pictures over a limit, INVALID_ARGUMENT for what is no readable picture (also
 * where a decoder would paint over missing data), UNIMPLEMENTED for CMYK JPEGs and animated WebPs.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Image<4>> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  if (bytes.length > maxBytes) {
    throw resourceExhausted(`the picture has ${bytes.length} bytes, the limit is ${maxBytes}`);
  }
  const header = sniffImage(bytes);
  checkSize(header, options.maxPixels ?? DEFAULT_MAX_PIXELS);
  await checkData(header, bytes);
  const isFast = header.format === 'jpeg' && options.jpegTransform === 'fast';
  const kind = isFast ? 'jpeg-fast' : header.format;
  const decoder = await takeDecoder(kind);
  const { width, height, data } = runDecoder(decoder, header, bytes);
  keepDecoder(kind, decoder);
  return { width, height, channels: 4, data };
}

function checkSize({ width, height }: ImageHeader, maxPixels: number): void {
  const pixels = width * height;
  if (pixels > maxPixels) {
    throw resourceExhausted(`the picture has ${width}x${height} = ${pixels} pixels, the limit is ${maxPixels}`);
  }
  if (Math.max(width, height) > MAX_SIDE) {
    throw resourceExhausted(`the picture has ${width}x${height} pixels, the limit for a side is ${MAX_SIDE}`);
  }
}

/** Rejects with INVALID_ARGUMENT pictures whose data, small as it is, would keep a decoder busy. */
async function checkData({ format, width, height }: ImageHeader, bytes: Uint8Array): Promise<void> {
  if (format === 'jpeg') {
    checkJpegScans(bytes);
  } else if (format === 'png') {
    await checkPngData(bytes, width, height);
  }
}

/** Throws INVALID_ARGUMENT also when decoder and header disagree: the limits were checked on the header. */
function runDecoder(decoder: Decoder, header: ImageHeader, bytes: Uint8Array): DecodedPixels {
  const { format } = header;
  let pixels: DecodedPixels;
  try {
    pixels = decoder.decode(bytes);
  } catch (reason) {
    throw unreadable(format, StatusError.from(reason).message, reason);
  }
  const { width, height, data } = pixels;
  if (width !== header.width || height !== header.height || data.length !== width * height * 4) {
    throw unreadable(format, `its header says ${header.width}x${header.height} pixels, its data ${width}x${height}`);
  }
  return pixels;
}

/** A decoder that nobody else uses until it is kept again; one that threw is never kept. */
async function takeDecoder(kind: DecoderKind): Promise<Decoder> {
  const module = await loadWasm(kind);
  const kept = keptDecoders.get(kind);
  keptDecoders.delete(kind);
  return kept ?? CREATE_DECODER[kind](module);
}

function keepDecoder(kind: DecoderKind, decoder: Decoder): void {
  if (decoder.memoryBytes() <= MAX_KEPT_MEMORY_BYTES) {
    keptDecoders.set(kind, decoder);
  }
}
