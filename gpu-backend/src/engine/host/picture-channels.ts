import { invalidArgument, unimplemented } from '@tensorfleet/core';

/** PNG's color types: gray, colour, palette, gray and alpha, colour and alpha. */
const CHANNELS_OF_COLOR_TYPE: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 3],
  [4, 2],
  [6, 4],
]);
const BIT_DEPTH = 24;
const COLOR_TYPE = 25;
const FIRST_CHUNK = 8;
const CHUNK_OVERHEAD = 12;

/**
 * How many channels the file itself has: what TensorFlow decodes it to when a graph leaves it open. Only for pictures
 * whose header was read. Throws UNIMPLEMENTED for PNGs with a transparent colour.
 */
export function sourceChannels(bytes: Uint8Array, format: 'jpeg' | 'png'): number {
  return format === 'png' ? pngChannels(bytes) : jpegChannels(bytes);
}

/** Whether a PNG has 16 bits per sample. */
export function isDeep(png: Uint8Array): boolean {
  return png[BIT_DEPTH] === 16;
}

function pngChannels(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = FIRST_CHUNK; at + CHUNK_OVERHEAD <= bytes.length; at += CHUNK_OVERHEAD + view.getUint32(at)) {
    if (Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1') === 'tRNS') {
      throw unimplemented('PNGs with a transparent colour are not supported');
    }
  }
  const channels = CHANNELS_OF_COLOR_TYPE.get(bytes[COLOR_TYPE] ?? -1);
  if (channels === undefined) {
    throw invalidArgument(`Invalid PNG data: its color type is ${bytes[COLOR_TYPE]}`);
  }
  return channels;
}

/** The number of components in the frame header, which stands behind segments that say their length. */
function jpegChannels(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 9 < bytes.length) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++; // any number of fill bytes may precede a marker
    } else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return bytes[at + 9] === 1 ? 1 : 3;
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  throw invalidArgument('Invalid JPEG data: it has no frame header');
}
