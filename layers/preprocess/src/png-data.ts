import { createInflate } from 'node:zlib';
import { hasAscii, unreadable, viewOf } from './image-header.ts';

const FIRST_CHUNK = 8;
/** Length, type and checksum of a chunk. */
const CHUNK_OVERHEAD = 12;
const BIT_DEPTH = 24;
const COLOR_TYPE = 25;
/** Interlacing cuts a picture into seven, which at most doubles the bytes around the samples. */
const INTERLACE_FACTOR = 2;
const INFLATE_CHUNK_BYTES = 256 * 1024;

const SAMPLES_PER_PIXEL: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

/**
 * Inflates the picture's data without keeping it: a few bytes inflate to a thousand times as many, and a decoder goes on
 * to the end of data that has long filled the picture. Runs off the main thread.
 * Rejects with INVALID_ARGUMENT when the data is broken, cut off, or more than the picture can hold.
 */
export async function checkPngData(bytes: Uint8Array, width: number, height: number): Promise<void> {
  const maxBytes = INTERLACE_FACTOR * height * (1 + Math.ceil((width * bitsPerPixel(bytes)) / 8));
  const inflate = createInflate({ chunkSize: INFLATE_CHUNK_BYTES });
  inflate.end(Buffer.concat(imageData(bytes)));
  let inflatedBytes = 0;
  try {
    for await (const chunk of inflate) {
      inflatedBytes += (chunk as Uint8Array).length; // zlib streams yield buffers
      if (inflatedBytes > maxBytes) {
        break; // ends the stream
      }
    }
  } catch (cause) {
    throw unreadable('png', 'its data is damaged or cut off', cause);
  }
  if (inflatedBytes > maxBytes) {
    throw unreadable('png', `its data is more than its ${width}x${height} pixels hold`);
  }
}

function bitsPerPixel(bytes: Uint8Array): number {
  const colorType = bytes[COLOR_TYPE];
  const samples = colorType === undefined ? undefined : SAMPLES_PER_PIXEL.get(colorType);
  const bitDepth = bytes[BIT_DEPTH];
  if (samples === undefined || bitDepth === undefined || bitDepth > 16) {
    throw unreadable('png', `its header says color type ${colorType} with ${bitDepth} bits`);
  }
  return samples * bitDepth;
}

/** The contents of all IDAT chunks, as views. */
function imageData(bytes: Uint8Array): readonly Uint8Array[] {
  const view = viewOf(bytes);
  const parts: Uint8Array[] = [];
  let offset = FIRST_CHUNK;
  while (offset + CHUNK_OVERHEAD <= bytes.length && !hasAscii(bytes, offset + 4, 'IEND')) {
    const length = view.getUint32(offset);
    if (hasAscii(bytes, offset + 4, 'IDAT')) {
      parts.push(bytes.subarray(offset + 8, offset + 8 + length));
    }
    offset += CHUNK_OVERHEAD + length;
  }
  return parts;
}
