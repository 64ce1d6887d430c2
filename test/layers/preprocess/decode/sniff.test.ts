import { Code } from '@tensorfleet/core';
import { sniffImage } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';
import { goldenFile, loadGolden } from '../golden.ts';

const golden = loadGolden();

function picture(name: string): Uint8Array {
  return goldenFile(`decode/${name}`);
}

/** Latin-1 characters as bytes. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

describe('sniffImage', () => {
  it.each(golden.decode)('reads the dimensions of $file', ({ file, width, height }) => {
    const format = file.endsWith('.jpg') ? 'jpeg' : file.endsWith('.png') ? 'png' : 'webp';
    expect(sniffImage(picture(file))).toEqual({ format, width, height });
  });

  it.each([
    ['rgb.png', 24],
    ['444.jpg', 177],
    ['lossy.webp', 30],
    ['lossless.webp', 30],
  ])('reads the dimensions of %s from its first %i bytes', (file, length) => {
    expect(sniffImage(picture(file).subarray(0, length))).toMatchObject({ width: 37, height: 29 });
  });

  it('reads the dimensions of a picture inside a larger buffer', () => {
    const padded = new Uint8Array([...bytesOf('padding'), ...picture('rgb.png')]);
    expect(sniffImage(padded.subarray(7))).toMatchObject({ width: 37, height: 29 });
  });

  it.each([
    ['a GIF', goldenFile('refused/picture.gif')],
    ['a BMP', goldenFile('refused/picture.bmp')],
    ['a TIFF', goldenFile('refused/picture.tiff')],
    ['an AVIF', goldenFile('refused/picture.avif')],
    ['a HEIC', bytesOf('\0\0\0\x18ftypheic\0\0\0\0')],
    ['a PDF', bytesOf('%PDF-1.7')],
    ['a JPEG XL', bytesOf('\xff\x0a\x12\x34')],
    ['an SVG', bytesOf('<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['an SVG', bytesOf('\xef\xbb\xbf <svg/>')],
    ['an HTML page', bytesOf('\n<!DOCTYPE html><html><svg>')],
    ['of an unknown format', bytesOf('{"error": "not found <svg>"}')],
    ['of an unknown format', bytesOf('\xff')],
    ['of an unknown format', bytesOf('RIFF\0\0\0\0WAVEfmt ')],
  ])('refuses %s by its name', (name, bytes) => {
    expect(() => sniffImage(bytes)).toThrow(
      expect.objectContaining({
        code: Code.InvalidArgument,
        message: `the picture is ${name}; JPEG, PNG and WebP are supported`,
      }),
    );
  });

  it('refuses nothing at all as an empty picture', () => {
    expect(() => sniffImage(new Uint8Array(0))).toThrow('the picture is empty');
  });

  it.each([
    ['a CMYK JPEG', 'refused/cmyk.jpg'],
    ['an animated WebP', 'refused/animated.webp'],
  ])('refuses %s with UNIMPLEMENTED', (name, file) => {
    expect(() => sniffImage(goldenFile(file))).toThrow(
      expect.objectContaining({
        code: Code.Unimplemented,
        message: expect.stringContaining(`the picture is ${name};`),
      }),
    );
  });

  it.each([
    ['a PNG of its signature only', '\x89PNG\r\n\x1a\n', 'cut off'],
    ['a PNG without IHDR', '\x89PNG\r\n\x1a\n\0\0\0\rIDAT\0\0\0\x01\0\0\0\x01', 'first chunk is not IHDR'],
    ['a PNG of no pixels', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x01', '0x1 pixels'],
    ['a JPEG of its signature only', '\xff\xd8\xff', 'end is missing'],
    ['a JPEG of fill bytes', `\xff\xd8${'\xff'.repeat(1000)}`, 'end is missing'],
    ['a JPEG with a segment longer than the file', '\xff\xd8\xff\xe0\xff\xff', 'end is missing'],
    ['a JPEG with a segment shorter than its length', '\xff\xd8\xff\xe0\0\x01', 'length 1'],
    ['a JPEG with garbage for a marker', '\xff\xd8\xff\xe0\0\x02garbage', 'byte 6 is not the start of a marker'],
    ['a JPEG whose scan comes first', '\xff\xd8\xff\xda\0\x02\xff\xd9', 'no frame header'],
    ['a JPEG with a short frame header', '\xff\xd8\xff\xc0\0\x04\x08\0', 'frame header is too short'],
    ['a JPEG of no lines', '\xff\xd8\xff\xc0\0\x08\x08\0\0\0\x01\x03', '1x0 pixels'],
    ['a WebP of its signature only', 'RIFF\0\0\0\0WEBP', 'cut off'],
    ['a WebP with a chunk beyond the end', `RIFF\0\0\0\0WEBPICCP\xff\xff\xff\xff${'\0'.repeat(40)}`, 'cut off'],
    ['a WebP of empty chunks', `RIFF\0\0\0\0WEBP${'ICCP\0\0\0\0'.repeat(1000)}`, 'cut off'],
    ['a WebP without the lossless signature', `RIFF\0\0\0\0WEBPVP8L${'\0'.repeat(20)}`, 'no signature'],
    ['a WebP of no pixels', `RIFF\0\0\0\0WEBPVP8 ${'\0'.repeat(20)}`, '0x0 pixels'],
  ])('refuses with INVALID_ARGUMENT %s', (_, text, message) => {
    expect(() => sniffImage(bytesOf(text))).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(message) }),
    );
  });

  it('refuses with INVALID_ARGUMENT a WebP whose canvas is not its frame', () => {
    const bytes = picture('exif.webp').slice();
    bytes[24] = 99; // canvas width less one
    expect(() => sniffImage(bytes)).toThrow('its frame has 37x29 pixels on a canvas of 100x29');
  });
});
