import { StatusError } from '@tensorfleet/core';
import { decodeImage, type Image, toRgb } from '@tensorfleet/preprocess';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goldenFile, loadGolden } from '../layers/preprocess/golden.ts';

const SEED = 20_261_121;
const PICTURES = loadGolden()
  .decode.map(({ file }) => file)
  .filter((file) => file !== 'profile.jpg'); // long metadata, which takes the hits away from the picture
const GOOD = new Map(PICTURES.map((file) => [file, goldenFile(`decode/${file}`)]));

/** An Image of consistent size, or undefined for a StatusError; anything else fails the test. */
async function decodeOrRefuse(bytes: Uint8Array): Promise<Image | undefined> {
  try {
    const image = await decodeImage(bytes, { maxPixels: 1e6 });
    expect(image.data.length).toBe(image.width * image.height * 4);
    return image;
  } catch (reason) {
    if (!StatusError.is(reason)) {
      throw reason;
    }
    expect(reason.message.length).toBeLessThan(400);
    return undefined;
  }
}

/** The decoder of this picture's format still gives its exact pixels. */
async function expectHealthy(file: string): Promise<void> {
  expectPixels(await decodeImage(GOOD.get(file)!), file);
}

function expectPixels(image: Image, file: string): void {
  expect(Buffer.compare(toRgb(image).data, goldenFile(`decode/${file}.rgb`))).toBe(0);
}

const anyPicture = fc.constantFrom(...PICTURES);
const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe(`decodeImage, seed ${SEED}`, () => {
  it('returns all pixels or a StatusError for pictures cut off anywhere, and stays healthy', async () => {
    await fc.assert(
      fc.asyncProperty(anyPicture, position, async (file, cut) => {
        const good = GOOD.get(file)!;
        const image = await decodeOrRefuse(good.subarray(0, Math.floor(cut * good.length)));
        if (image !== undefined) {
          expectPixels(image, file);
        }
        await expectHealthy(file);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('returns an Image or a StatusError for pictures with flipped bits, and stays healthy', async () => {
    const flips = fc.array(fc.tuple(position, fc.nat({ max: 7 })), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(anyPicture, flips, async (file, hits) => {
        const bytes = GOOD.get(file)!.slice();
        for (const [where, bit] of hits) {
          bytes[Math.floor(where * bytes.length)]! ^= 1 << bit;
        }
        await decodeOrRefuse(bytes);
        await expectHealthy(file);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('returns an Image or a StatusError for pictures glued from parts of others, and stays healthy', async () => {
    await fc.assert(
      fc.asyncProperty(anyPicture, anyPicture, position, position, async (first, second, end, start) => {
        const head = GOOD.get(first)!;
        const tail = GOOD.get(second)!;
        await decodeOrRefuse(
          Buffer.concat([
            head.subarray(0, Math.floor(end * head.length)),
            tail.subarray(Math.floor(start * tail.length)),
          ]),
        );
        await expectHealthy(first);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('returns a StatusError for arbitrary bytes behind the signature of each format', async () => {
    const signatures = ['\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'RIFF\0\0\0\0WEBP', 'RIFF\0\0\0\0WEBPVP8X'];
    const garbage = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...signatures), garbage, async (signature, bytes) => {
        const image = await decodeOrRefuse(Buffer.concat([Buffer.from(signature, 'latin1'), bytes]));
        expect(image).toBeUndefined();
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});
