import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesOf, type CacheHarness, cacheHarness, contentOf, expectedContent, NEVER } from './cache-harness.ts';

const SMALL_RANGES = { rangeBytes: 1024 };

/** The store fails from its read of this number on. */
function failFrom(harness: CacheHarness, number: number): void {
  let reads = 0;
  harness.store.before = (operation) => {
    reads += operation === 'read' ? 1 : 0;
    if (reads >= number) {
      throw new Error('killed');
    }
  };
}

describe('createVersionCache after a download that was cut off', () => {
  it('fetches only the ranges that are missing', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { 'model.onnx': bytesOf(10_240) });
    failFrom(harness, 8);
    const options = { ...SMALL_RANGES, maxConnections: 1 };
    await expect(harness.server(options).fetch(request, NEVER)).rejects.toThrow('killed');
    failFrom(harness, Number.POSITIVE_INFINITY);

    const { directory, receivedBytes } = await harness.server(options).fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent({ 'model.onnx': bytesOf(10_240) }, request));
    expect(receivedBytes).toBe(3 * 1024);
  });

  it('does not believe what a power cut has left of a range', async () => {
    await using harness = await cacheHarness();
    const content = bytesOf(4096);
    const request = await harness.upload('m', 1, { 'model.onnx': content });
    failFrom(harness, 3);
    const options = { ...SMALL_RANGES, maxConnections: 1 };
    await expect(harness.server(options).fetch(request, NEVER)).rejects.toThrow('killed');
    const [id] = await readdir(join(harness.directory, 'parts'));
    await writeFile(join(harness.directory, 'parts', id ?? '', 'free'), new Uint8Array(100), { flag: 'r+' });
    failFrom(harness, Number.POSITIVE_INFINITY);

    const { directory, receivedBytes } = await harness.server(options).fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent({ 'model.onnx': content }));
    expect(receivedBytes).toBe(3 * 1024);
  });
});
