import { crc32, deflateSync } from 'node:zlib';
import { Code } from '@tensorfleet/core';
import { decodeImage, toGray, toRgb } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';
import { goldenFile, loadGolden } from '../golden.ts';

const golden = loadGolden();

function picture(name: string): Uint8Array {
  return goldenFile(`decode/${name}`);
}

describe('decodeImage', () => {
  it.each(golden.decode)('makes the pixels that Pillow makes of $file', async ({ file, width, height }) => {
    const image = await decodeImage(picture(file));
    expect([image.width, image.height, image.channels]).toEqual([width, height, 4]);
    expect(Buffer.compare(toRgb(image).data, picture(`${file}.rgb`))).toBe(0);
    expect(Buffer.compare(toGray(image).data, picture(`${file}.l`))).toBe(0);
  });

  it('takes the high byte of 16-bit gray', async () => {
    const samples = [0x0000, 0x01ff, 0x7f80, 0xffff];
    const image = await decodeImage(
      pngOf({ width: 4, height: 1, bits: 16, colorType: 0 }, Buffer.from([0, 0, 0, 1, 0xff, 0x7f, 0x80, 0xff, 0xff])),
    );
    expect([...toGray(image).data]).toEqual(samples.map((sample) => sample >> 8));
  });

  it('decodes concurrent pictures of all formats independently', async () => {
    const files = golden.decode.map(({ file }) => file);
    const images = await Promise.all(files.map((file) => decodeImage(picture(file))));
    const wrong = files.filter((file, i) => Buffer.compare(toRgb(images[i]!).data, picture(`${file}.rgb`)) !== 0);
    expect(wrong).toEqual([]);
  });

  it('returns pixels that a later decode does not overwrite', async () => {
    for (const file of ['444.jpg', 'rgb.png', 'lossless.webp']) {
      const image = await decodeImage(picture(file));
      await decodeImage(picture(file.replace('444', 'gray').replace('rgb', 'gray').replace('lossless', 'lossy')));
      expect(Buffer.compare(toRgb(image).data, picture(`${file}.rgb`))).toBe(0);
    }
  });

  it.each([
    ['a byte limit', { maxBytes: 100 }, 'bytes, the limit is 100'],
    ['a pixel limit', { maxPixels: 1072 }, 'the picture has 37x29 = 1073 pixels, the limit is 1072'],
  ])('refuses with RESOURCE_EXHAUSTED one beyond %s', async (_, limits, message) => {
    const refusal = decodeImage(picture('rgb.png'), limits);
    await expect(refusal).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      message: expect.stringContaining(message),
    });
  });

  it('accepts a picture at both limits', async () => {
    const bytes = picture('rgb.png');
    const image = await decodeImage(bytes, { maxBytes: bytes.length, maxPixels: 37 * 29 });
    expect(image.width).toBe(37);
  });

  it.each([
    ['400 million pixels', 20_000, 20_000, '20000x20000 = 400000000 pixels, the limit is 24000000'],
    ['the largest sides there are', 0xffffffff, 0xffffffff, 'the limit is 24000000'],
    ['one row of 20 million pixels', 20_000_000, 1, 'the limit for a side is 65535'],
  ])('refuses a PNG that claims %s before it decodes', async (_, width, height, message) => {
    const bomb = pngOf({ width, height, bits: 8, colorType: 2 }, new Uint8Array(10));
    await expect(decodeImage(bomb)).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['a JPEG without its last two bytes', '420.jpg', -2, 'the picture is not a readable JPEG: its end is missing'],
    ['half a JPEG', '420.jpg', 700, 'the picture is not a readable JPEG: its end is missing'],
    ['half a PNG', 'rgb.png', 700, 'the picture is not a readable PNG: its data is damaged or cut off'],
    ['half a WebP', 'lossy.webp', 200, 'the picture is not a readable WebP: its data is damaged or cut off'],
  ])('refuses with INVALID_ARGUMENT %s', async (_, file, end, message) => {
    await expect(decodeImage(picture(file).subarray(0, end))).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message,
    });
  });

  it.each([
    [
      'much more data than its pixels hold',
      { width: 4, height: 4, bits: 8, colorType: 2 },
      4e7,
      'more than its 4x4 pixels',
    ],
    [
      'one byte more than twice what its pixels hold',
      { width: 4, height: 4, bits: 8, colorType: 2 },
      2 * 4 * (1 + 12) + 1,
      'more than its 4x4 pixels',
    ],
    [
      'more data than its pixels hold, too large to inflate at once',
      { width: 400, height: 400, bits: 8, colorType: 2 },
      2 * 400 * (1 + 1200) + 1,
      'more than its 400x400 pixels',
    ],
    [
      'less data than its pixels need, too large to inflate at once',
      { width: 400, height: 400, bits: 8, colorType: 2 },
      400,
      'damaged or cut off',
    ],
    ['less data than its pixels need', { width: 4, height: 4, bits: 8, colorType: 2 }, 40, 'damaged or cut off'],
    ['an unknown color type', { width: 4, height: 4, bits: 8, colorType: 7 }, 52, 'color type 7 with 8 bits'],
    ['an unknown bit depth', { width: 4, height: 4, bits: 3, colorType: 0 }, 12, 'damaged or cut off'],
  ])('refuses with INVALID_ARGUMENT a PNG of %s', async (_, header, length, message) => {
    await expect(decodeImage(pngOf(header, new Uint8Array(length)))).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(message),
    });
  });

  it('refuses with INVALID_ARGUMENT a JPEG whose decoder only warns', async () => {
    const bytes = picture('420.jpg');
    const cut = Buffer.concat([bytes.subarray(0, 800), bytes.subarray(-2)]); // data ends early, the end marker is there
    await expect(decodeImage(cut)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringMatching(/^the picture is not a readable JPEG: \S.{10,}$/),
    });
  });

  it.each([
    ['within the scan', (bytes: Buffer) => bytes.indexOf('ff00', bytes.indexOf('ffda', 'hex'), 'hex')],
    ['before the end marker', (bytes: Buffer) => bytes.length - 2],
  ])('skips fill bytes %s of a JPEG', async (_, positionIn) => {
    const bytes = Buffer.from(picture('444.jpg'));
    const position = positionIn(bytes);
    const filled = Buffer.concat([bytes.subarray(0, position), Buffer.of(0xff, 0xff), bytes.subarray(position)]);
    expect(Buffer.compare(toRgb(await decodeImage(filled)).data, picture('444.jpg.rgb'))).toBe(0);
  });

  it('refuses with INVALID_ARGUMENT a JPEG of very many scans', async () => {
    const bytes = picture('progressive.jpg');
    const scan = bytes.subarray(bytes.lastIndexOf(0xda) - 1, bytes.length - 2);
    const scans = Buffer.concat([bytes.subarray(0, -2), ...Array.from({ length: 64 }, () => scan), bytes.subarray(-2)]);
    await expect(decodeImage(scans)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('more than 64 scans'),
    });
  });

  it.each(['420.jpg', 'rgb.png', 'lossy.webp'])('decodes %s after each of 30 damaged pictures', async (file) => {
    const good = picture(file);
    for (let i = 0; i < 30; i++) {
      const bad = good.slice();
      bad.fill(0xff, Math.floor(good.length / 3) + i, Math.floor(good.length / 3) + i + 40);
      await decodeImage(bad).catch(() => undefined);
      const image = await decodeImage(good);
      expect(Buffer.compare(toRgb(image).data, picture(`${file}.rgb`))).toBe(0);
    }
  });
});

interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly colorType: number;
}

function pngOf({ width, height, bits, colorType }: PngHeader, rows: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colorType], 8);
  const chunks = [chunkOf('IHDR', header), chunkOf('IDAT', deflateSync(rows)), chunkOf('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

function chunkOf(kind: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
