import { createInflate, inflateSync } from 'node:zlib';
import type { StatusError } from '@tensorfleet/core';
import { hasAscii, unreadable, viewOf } from './image-header.ts';

const FIRST_CHUNK = 8;
/** Length, type and checksum of a chunk. */
const CHUNK_OVERHEAD = 12;
const BIT_DEPTH = 24;
const COLOR_TYPE = 25;
/** Interlacing cuts a picture into seven, which at most doubles the bytes around the samples. */
const INTERLACE_FACTOR = 2;
const INFLATE_CHUNK_BYTES = 256 * 1024;
/**
 * Pictures that can hold no more than this, say 100 x 100 in colour, are inflated at once: that takes well under a
 * millisecond, and a stream's buffers and hops between threads cost several times as much.
 */
const MAX_SYNC_BYTES = 64 * 1024;
/** The smallest that zlib takes. */
const MIN_CHUNK_BYTES = 64;

const SAMPLES_PER_PIXEL: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

/**
 * Inflates the picture's data without keeping it: a few bytes inflate to a thousand times as many, and a decoder goes on
 * to the end of data that has long filled the picture. Large pictures are inflated off the main thread.
 * Rejects with INVALID_ARGUMENT when the data is broken, cut off, or more than the picture can hold.
 */
export async function checkPngData(bytes: Uint8Array, width: number, height: number): Promise<void> {
  const maxBytes = INTERLACE_FACTOR * height * (1 + Math.ceil((width * bitsPerPixel(bytes)) / 8));
  const data = Buffer.concat(imageData(bytes));
  const inflatedBytes = maxBytes <= MAX_SYNC_BYTES ? inflateAtOnce(data, maxBytes) : await inflateApart(data, maxBytes);
  if (inflatedBytes > maxBytes) {
    throw unreadable('png', `its data is more than its ${width}x${height} pixels hold`);
  }
}

/** The inflated size of `data`, as far as it is at most `maxBytes`; else more. On this thread. */
function inflateAtOnce(data: Uint8Array, maxBytes: number): number {
  try {
    return inflateSync(data, { chunkSize: Math.max(maxBytes + 1, MIN_CHUNK_BYTES), maxOutputLength: maxBytes }).length;
  } catch (cause) {
    if (cause instanceof RangeError) {
      return Number.POSITIVE_INFINITY;
    }
    throw damaged(cause);
  }
}

/** The same off the main thread. */
async function inflateApart(data: Uint8Array, maxBytes: number): Promise<number> {
  const inflate = createInflate({ chunkSize: INFLATE_CHUNK_BYTES });
  inflate.end(data);
  let inflatedBytes = 0;
  try {
    for await (const chunk of inflate) {
      inflatedBytes += (chunk as Uint8Array).length; // zlib streams yield buffers
      if (inflatedBytes > maxBytes) {
        break; // ends the stream
      }
    }
  } catch (cause) {
    throw damaged(cause);
  }
  return inflatedBytes;
}

function damaged(cause: unknown): StatusError {
  return unreadable('png', 'its data is damaged or cut off', cause);
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
