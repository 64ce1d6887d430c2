import { invalidArgument, type StatusError } from '@tensorfleet/core';
import { hasAscii, type ImageHeader } from './image-header.ts';
import { isJpeg, readJpegHeader } from './jpeg-header.ts';
import { isPng, readPngHeader } from './png-header.ts';
import { isWebp, readWebpHeader } from './webp-header.ts';

const SUPPORTED = 'JPEG, PNG and WebP are supported';
const TEXT_BYTES = 1024;
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'; // of UTF-8, read as Latin-1

interface ForeignFormat {
  readonly name: string;
  readonly offset: number;
  readonly signatures: readonly string[];
}

/** Formats that are known, and not supported; the brand of an ISO media file decides between AVIF and HEIC. */
const FOREIGN_FORMATS: readonly ForeignFormat[] = [
  { name: 'a GIF', offset: 0, signatures: ['GIF8'] },
  { name: 'a BMP', offset: 0, signatures: ['BM'] },
  { name: 'a TIFF', offset: 0, signatures: ['II*\0', 'MM\0*'] },
  { name: 'a PDF', offset: 0, signatures: ['%PDF-'] },
  { name: 'a JPEG XL', offset: 0, signatures: ['\xff\x0a', '\0\0\0\x0cJXL '] },
  { name: 'a JPEG 2000', offset: 0, signatures: ['\0\0\0\x0cjP  ', '\xff\x4f\xff\x51'] },
  { name: 'an AVIF', offset: 4, signatures: ['ftypavif', 'ftypavis'] },
  { name: 'a HEIC', offset: 4, signatures: ['ftyphei', 'ftyphev', 'ftypmif1', 'ftypmsf1'] },
];

/**
 * Format and dimensions of a picture, from its header alone: the rest of `bytes` may be missing. Time is bounded by
 * `bytes.length`. Throws INVALID_ARGUMENT for what is not a JPEG, PNG or WebP (the sentence names the format where it
 * is known) and for broken headers; UNIMPLEMENTED for CMYK JPEGs and animated WebPs.
 */
export function sniffImage(bytes: Uint8Array): ImageHeader {
  if (isJpeg(bytes)) {
    return readJpegHeader(bytes);
  }
  if (isPng(bytes)) {
    return readPngHeader(bytes);
  }
  if (isWebp(bytes)) {
    return readWebpHeader(bytes);
  }
  throw refusalOf(bytes);
}

function refusalOf(bytes: Uint8Array): StatusError {
  if (bytes.length === 0) {
    return invalidArgument('the picture is empty');
  }
  const foreign = FOREIGN_FORMATS.find(({ offset, signatures }) =>
    signatures.some((signature) => hasAscii(bytes, offset, signature)),
  );
  const name = foreign?.name ?? textFormatOf(bytes) ?? 'of an unknown format';
  return invalidArgument(`the picture is ${name}; ${SUPPORTED}`);
}

function textFormatOf(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, TEXT_BYTES)).toLowerCase();
  const firstTag = text.indexOf('<');
  if (firstTag === -1 || text.slice(0, firstTag).replace(BYTE_ORDER_MARK, '').trim() !== '') {
    return undefined;
  }
  if (text.includes('<!doctype html') || text.includes('<html')) {
    return 'an HTML page';
  }
  return text.includes('<svg') ? 'an SVG' : undefined;
}
