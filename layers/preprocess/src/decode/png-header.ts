import { hasAscii, type ImageHeader, unreadable, viewOf } from './image-header.ts';

const SIGNATURE = '\x89PNG\r\n\x1a\n';
/** Signature, chunk length, chunk type, and IHDR up to the height. */
const BYTES_NEEDED = 24;

export function isPng(bytes: Uint8Array): boolean {
  return hasAscii(bytes, 0, SIGNATURE);
}

/** The dimensions in IHDR, which the format wants first. Throws INVALID_ARGUMENT. */
export function readPngHeader(bytes: Uint8Array): ImageHeader {
  if (bytes.length < BYTES_NEEDED) {
    throw unreadable('png', 'its header is cut off');
  }
  if (!hasAscii(bytes, 12, 'IHDR')) {
    throw unreadable('png', 'its first chunk is not IHDR');
  }
  const view = viewOf(bytes);
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  if (width === 0 || height === 0) {
    throw unreadable('png', `its header says ${width}x${height} pixels`);
  }
  return { format: 'png', width, height };
}
