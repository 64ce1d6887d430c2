import { unimplemented } from '@tensorfleet/core';
import { hasAscii, type ImageHeader, unreadable, viewOf } from './image-header.ts';

const FIRST_CHUNK = 12;
const CHUNK_HEADER = 8;
const ANIMATION_FLAG = 0x02;
const LOSSLESS_SIGNATURE = 0x2f;
/** A chunk's first bytes hold its dimensions: VP8 wants 10 of them, VP8X as many, VP8L 5. */
const BYTES_NEEDED = 10;

export function isWebp(bytes: Uint8Array): boolean {
  return hasAscii(bytes, 0, 'RIFF') && hasAscii(bytes, 8, 'WEBP');
}

/**
 * The dimensions of the one frame. Throws INVALID_ARGUMENT, also when the canvas of an extended file is not its
 * frame; UNIMPLEMENTED for an animation.
 */
export function readWebpHeader(bytes: Uint8Array): ImageHeader {
  const view = viewOf(bytes);
  let canvas: ImageHeader | undefined;
  let offset = FIRST_CHUNK;
  while (offset + CHUNK_HEADER + BYTES_NEEDED <= bytes.length) {
    const frame = readFrame(bytes, view, offset);
    if (frame !== undefined) {
      if (canvas !== undefined && (canvas.width !== frame.width || canvas.height !== frame.height)) {
        const sizes = `${frame.width}x${frame.height} pixels on a canvas of ${canvas.width}x${canvas.height}`;
        throw unreadable('webp', `its frame has ${sizes}`);
      }
      return frame;
    }
    if (hasAscii(bytes, offset, 'VP8X')) {
      canvas = readCanvas(view, offset + CHUNK_HEADER);
    }
    const size = view.getUint32(offset + 4, true);
    offset += CHUNK_HEADER + size + (size % 2); // chunks start at even offsets
  }
  throw unreadable('webp', 'its header is cut off');
}

function readFrame(bytes: Uint8Array, view: DataView, offset: number): ImageHeader | undefined {
  const start = offset + CHUNK_HEADER;
  if (hasAscii(bytes, offset, 'VP8 ')) {
    return headerOf(view.getUint16(start + 6, true) & 0x3fff, view.getUint16(start + 8, true) & 0x3fff);
  }
  if (hasAscii(bytes, offset, 'VP8L')) {
    if (bytes[start] !== LOSSLESS_SIGNATURE) {
      throw unreadable('webp', 'its lossless frame has no signature');
    }
    const bits = view.getUint32(start + 1, true);
    return headerOf((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  }
  return undefined;
}

function readCanvas(view: DataView, start: number): ImageHeader {
  if ((view.getUint8(start) & ANIMATION_FLAG) !== 0) {
    throw unimplemented('the picture is an animated WebP; still pictures are supported', { format: 'webp' });
  }
  const size = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
  return headerOf(size(start + 4), size(start + 7));
}

function headerOf(width: number, height: number): ImageHeader {
  if (width === 0 || height === 0) {
    throw unreadable('webp', `its header says ${width}x${height} pixels`);
  }
  return { format: 'webp', width, height };
}
