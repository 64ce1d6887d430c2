import { unimplemented } from '@tensorfleet/core';
import { type ImageHeader, unreadable, viewOf } from './image-header.ts';

/**
 * A progressive picture is decoded once per scan, and a scan may be a few bytes long. Encoders write about ten;
 * more than this many are there to keep the decoder busy.
 */
const MAX_SCANS = 64;

const PREFIX = 0xff;
const START_OF_IMAGE = 0xd8;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
/** A frame header up to its number of components. */
const FRAME_BYTES = 8;

interface Segment {
  readonly marker: number;
  /** Offset of the length field, or of the next marker where the marker stands alone. */
  readonly start: number;
  /** Offset behind the segment. */
  readonly end: number;
}

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === PREFIX && bytes[1] === START_OF_IMAGE && bytes[2] === PREFIX;
}

/**
 * The dimensions in the frame header, which stands behind any metadata. Throws INVALID_ARGUMENT;
 * UNIMPLEMENTED for pictures of four components (CMYK).
 */
export function readJpegHeader(bytes: Uint8Array): ImageHeader {
  let segment = segmentAt(bytes, 2);
  while (!isFrame(segment.marker)) {
    if (segment.marker === START_OF_SCAN || segment.marker === END_OF_IMAGE) {
      throw unreadable('jpeg', 'it has no frame header');
    }
    segment = segmentAt(bytes, segment.end);
  }
  return readFrame(bytes, segment);
}

/**
 * Walks all segments to the end of the picture, because decoders paint over what is missing and spend time on every
 * scan. Throws INVALID_ARGUMENT for a picture that is cut off or has too many scans.
 */
export function checkJpegScans(bytes: Uint8Array): void {
  let scans = 0;
  let segment = segmentAt(bytes, 2);
  while (segment.marker !== END_OF_IMAGE) {
    const isScan = segment.marker === START_OF_SCAN;
    scans += isScan ? 1 : 0;
    if (scans > MAX_SCANS) {
      throw unreadable('jpeg', `it has more than ${MAX_SCANS} scans`);
    }
    segment = segmentAt(bytes, isScan ? endOfScan(bytes, segment.end) : segment.end);
  }
}

function segmentAt(bytes: Uint8Array, offset: number): Segment {
  if (offset < bytes.length && bytes[offset] !== PREFIX) {
    throw unreadable('jpeg', `byte ${offset} is not the start of a marker`);
  }
  let at = offset;
  while (bytes[at] === PREFIX) {
    at++; // any number of fill bytes may precede a marker
  }
  const marker = bytes[at];
  if (marker === undefined) {
    throw unreadable('jpeg', 'its end is missing');
  }
  const start = at + 1;
  if (standsAlone(marker)) {
    return { marker, start, end: start };
  }
  const length = start + 2 <= bytes.length ? viewOf(bytes).getUint16(start) : 2;
  const end = start + length;
  if (length < 2) {
    throw unreadable('jpeg', `the segment at byte ${start} has the length ${length}`);
  }
  if (end > bytes.length) {
    throw unreadable('jpeg', 'its end is missing');
  }
  return { marker, start, end };
}

/** Offset of the marker that ends the entropy-coded data: zero behind 0xff is data, restarts belong to the scan. */
function endOfScan(bytes: Uint8Array, offset: number): number {
  let at = bytes.indexOf(PREFIX, offset);
  while (at !== -1) {
    const next = bytes[at + 1];
    if (next !== 0 && next !== PREFIX && !(next !== undefined && isRestart(next))) {
      return at;
    }
    at = bytes.indexOf(PREFIX, at + 1);
  }
  throw unreadable('jpeg', 'its end is missing');
}

function readFrame(bytes: Uint8Array, segment: Segment): ImageHeader {
  if (segment.end - segment.start < FRAME_BYTES) {
    throw unreadable('jpeg', 'its frame header is too short');
  }
  const view = viewOf(bytes);
  const height = view.getUint16(segment.start + 3);
  const width = view.getUint16(segment.start + 5);
  if (width === 0 || height === 0) {
    throw unreadable('jpeg', `its header says ${width}x${height} pixels`);
  }
  if (view.getUint8(segment.start + 7) === 4) {
    throw unimplemented('the picture is a CMYK JPEG; grayscale and RGB JPEGs are supported', { format: 'jpeg' });
  }
  return { format: 'jpeg', width, height };
}

/** SOF0 to SOF15: the range less the tables DHT, JPG and DAC, which lie within it. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

function standsAlone(marker: number): boolean {
  return isRestart(marker) || marker === END_OF_IMAGE || marker === 0x01;
}
