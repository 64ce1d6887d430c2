import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../../gpu-backend/src/repository/cache/cache-files.ts';
import { bytesOf, type CacheHarness, cacheHarness, contentOf, expectedContent, NEVER } from './cache-harness.ts';

const FILES = { 'model.onnx': bytesOf(4096) };
const SMALL = { rangeBytes: 1024, maxConnections: 1 };

/** The store answers only when the gate opens; `begun` resolves with the first request. */
function gateStore(harness: CacheHarness): { readonly begun: Promise<void>; readonly open: () => void } {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  harness.store.before = async (operation, key) => {
    if (operation === 'read') {
      harness.reads.push(key);
      begin();
      await gate;
    }
  };
  return { begun, open };
}

/** The store hangs in its read of this number. */
function hangIn(harness: CacheHarness, number: number): void {
  harness.store.before = async (operation, key) => {
    if (operation === 'read' && harness.reads.push(key) === number) {
      await new Promise(() => undefined);
    }
  };
}

describe('servers that share a cache', () => {
  it('download a content once: the second waits for the first', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, FILES);
    const { begun, open } = gateStore(harness);
    const first = harness.server(SMALL).fetch(request, NEVER);
    await begun;
    const second = harness.server(SMALL).fetch(request, NEVER);
    await harness.pass(3_000);
    open();
    const { directory } = await first;

    expect((await harness.inTime(second)).receivedBytes).toBe(0);
    expect(await contentOf((await second).directory)).toEqual(await contentOf(directory));
    expect(harness.reads).toHaveLength(4);
  });

  it('take over what a dead one has left, and only that is fetched that is missing', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, FILES);
    hangIn(harness, 3);
    const dying = harness.server(SMALL).fetch(request, NEVER);
    dying.catch(() => undefined);
    const second = harness.server(SMALL).fetch(request, NEVER);
    await harness.pass(2_000);
    harness.processes.states.set(1, 'ended');

    expect((await harness.inTime(second)).receivedBytes).toBe(2 * 1024);
    expect(await contentOf((await second).directory)).toEqual(expectedContent(FILES, request));
  });

  it('wait for one of which they know nothing but that it was alive an hour ago, then do without it', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, FILES);
    hangIn(harness, 3);
    harness
      .server(SMALL)
      .fetch(request, NEVER)
      .catch(() => undefined);
    await harness.pass(500);
    harness.processes.states.set(1, 'unknown');
    const second = harness.server(SMALL).fetch(request, NEVER);
    await harness.pass(2_000);
    expect(harness.reads).toHaveLength(3);
    harness.wallNow += 2 * 3_600_000;

    expect((await harness.inTime(second)).receivedBytes).toBe(4 * 1024);
    expect(await contentOf((await second).directory)).toEqual(expectedContent(FILES, request));
  });

  it('delete the directories of dead ones, and their own at the end', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, FILES);
    await harness.server().fetch(request, NEVER);
    const alive = harness.server();
    await alive.fetch(request, NEVER);
    const servers = join(harness.directory, 'servers');
    await mkdir(join(servers, 'torn'));
    await utimes(join(servers, 'torn'), 0, 0);
    harness.processes.states.set(1, 'ended');

    const third = harness.server();
    await third.fetch(request, NEVER);
    const names = await readdir(servers);
    await third.close();

    expect(names).toHaveLength(2);
    expect(await readdir(servers)).toHaveLength(1);
  });
});

describe('createVersionCache over its limit', () => {
  const kilobyte = { maxBytes: 2_500 };

  /** Versions 1 to 3 of 1,000 bytes each, fetched an hour apart; which of them the disk still has. */
  async function kept(
    harness: CacheHarness,
    released: readonly number[],
    again: readonly number[],
  ): Promise<readonly number[]> {
    const server = harness.server(kilobyte);
    const requests = await Promise.all([1, 2, 3].map((n) => harness.publish('m', n, { a: bytesOf(1000, n) })));
    const directories = new Map<number, string>();
    for (const [index, request] of requests.entries()) {
      harness.wallNow += 3_600_000;
      directories.set(index + 1, (await server.fetch(request, NEVER)).directory);
    }
    for (const number of released) {
      harness.wallNow += 3_600_000;
      server.release(directories.get(number) ?? '');
      await harness.quiet();
    }
    harness.wallNow += 3_600_000;
    for (const number of again) {
      await server.fetch(requests[number - 1]!, NEVER);
    }
    await harness.pass(60_000);
    await server.close();
    const blobs = await harness.blobs();
    return requests.flatMap(({ files: [file] }, index) => (blobs.includes(file?.sha256 ?? '') ? [index + 1] : []));
  }

  it.each([
    ['keeps what versions in use need', [], [], [1, 2, 3]],
    ['lets go of what was released first', [2, 1], [], [1, 3]],
    ['keeps what is in use again', [2], [2], [1, 2, 3]],
  ])('%s', async (_, released, again, left) => {
    await using harness = await cacheHarness();

    expect(await kept(harness, released, again)).toEqual(left);
  });

  it('serves a version that is larger than its limit', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { a: bytesOf(5000), b: bytesOf(5000, 2) });

    const { directory } = await harness.server(kilobyte).fetch(request, NEVER);
    harness.wallNow += 3_600_000;
    await harness.pass(60_000);

    expect(await contentOf(directory)).toEqual(expectedContent({ a: bytesOf(5000), b: bytesOf(5000, 2) }, request));
  });

  it('lets go of parts that nobody works on, and of notes about what is gone', async () => {
    await using harness = await cacheHarness();
    const server = harness.server({ maxBytes: 0 });
    server.release((await server.fetch(await harness.upload('m', 1, { a: 'x' }), NEVER)).directory);
    const part = join(harness.directory, 'parts', 'f'.repeat(64));
    await mkdir(part);
    await writeFile(join(part, 'free'), bytesOf(100));
    await harness.pass(1_000);
    harness.wallNow += 2 * 3_600_000;
    await harness.pass(120_000);
    await server.close();

    expect(await readdir(join(harness.directory, 'parts'))).toEqual([]);
    expect(await readdir(join(harness.directory, 'digests'))).toEqual([]);
    expect(await harness.blobs()).toEqual([]);
  });
});

describe('createVersionCache on a disk that is full', () => {
  const disk = (bytes: number) => ({
    ...nodeFiles,
    statfs: (async () => ({ bavail: bytes, bsize: 1 })) as unknown as typeof nodeFiles.statfs,
  });

  it.each([
    ['a petabyte', [1e15]],
    ['2,000 shards of 1 TB', Array.from({ length: 2_000 }, () => 1e12)],
  ])('refuses %s before a byte is read', async (_, sizes) => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { 'model.onnx': 'x' });
    const shards = sizes.map((bytes, n) => ({ path: `shard-${n}`, bytes, sha256: n.toString(16).padStart(64, '0') }));

    const fetched = harness
      .server({ files: disk(1e9) })
      .fetch({ ...request, files: [...request.files, ...shards] }, NEVER);

    await expect(fetched).rejects.toThrow(
      /the disk that holds ".*" has 1000000000 bytes free, version 1 of model "m" needs [0-9]{16} more/,
    );
    expect(harness.reads).toEqual([]);
  });

  it('counts what other fetches are about to write', async () => {
    await using harness = await cacheHarness();
    const one = await harness.publish('m', 1, { a: bytesOf(600) });
    const two = await harness.publish('m', 2, { a: bytesOf(600, 2) });
    const { begun, open } = gateStore(harness);
    const server = harness.server({ files: disk(1_000) });
    const first = server.fetch(one, NEVER);
    await begun;

    await expect(server.fetch(two, NEVER)).rejects.toThrow('needs 600 more');
    open();
    await first;
  });

  it('makes room by what nobody needs, when that is enough', async () => {
    await using harness = await cacheHarness();
    const server = harness.server({ files: disk(1_000) });
    server.release((await server.fetch(await harness.publish('m', 1, { a: bytesOf(900) }), NEVER)).directory);
    await harness.pass(1_000);
    harness.wallNow += 3_600_000;
    await expect(server.fetch(await harness.publish('m', 2, { a: bytesOf(2_000) }), NEVER)).rejects.toThrow(
      'bytes free',
    );
    const before = await harness.blobs();

    await server.fetch(await harness.publish('m', 3, { a: bytesOf(1_500) }), NEVER);

    expect([before.length, (await harness.blobs()).length]).toEqual([1, 1]);
  });
});
