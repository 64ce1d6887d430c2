import { access, chmod, lstat, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../../gpu-backend/src/repository/cache/cache-files.ts';
import { bytesOf, cacheHarness, contentOf, expectedContent, NEVER, sha256 } from './cache-harness.ts';

const MODEL = { 'saved_model.pb': 'graph', 'variables/variables.data-00000-of-00001': bytesOf(100_000) };
/** Three ranges. */
const LARGE = bytesOf(20 * 1024 * 1024);

describe('createVersionCache', () => {
  it('hands out a directory with exactly the files and the manifest, named by model and version', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('mnist', 7, MODEL);

    const { directory, receivedBytes } = await harness.server().fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent(MODEL, request));
    expect([basename(dirname(directory)), basename(directory)]).toEqual(['mnist', '7']);
    expect(receivedBytes).toBe(100_005);
  });

  it('fetches large files in ranges', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { 'model.onnx': LARGE });

    const { directory } = await harness.server().fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent({ 'model.onnx': LARGE }, request));
    expect(harness.reads).toHaveLength(3);
  });

  it.each(['publish', 'upload'] as const)(
    'transfers nothing for a second fetch after %s, by any server',
    async (how) => {
      await using harness = await cacheHarness();
      const request = await harness[how]('m', 1, MODEL);
      const first = harness.server();
      await first.fetch(request, NEVER);
      const reads = harness.reads.length;

      const again = await first.fetch(request, NEVER);
      await first.close();
      const other = await harness.server().fetch(request, NEVER);

      expect([again.receivedBytes, other.receivedBytes, harness.reads.length - reads]).toEqual([0, 0, 0]);
      expect(await contentOf(other.directory)).toEqual(expectedContent(MODEL, request));
    },
  );

  it('fetches a plain upload again when its etag has changed', async () => {
    await using harness = await cacheHarness();
    const server = harness.server();
    const before = await server.fetch(await harness.upload('m', 1, { 'model.onnx': 'old' }), NEVER);

    const after = await server.fetch(await harness.upload('m', 1, { 'model.onnx': 'new' }), NEVER);

    expect(await contentOf(before.directory)).toEqual(expectedContent({ 'model.onnx': 'old' }));
    expect(await contentOf(after.directory)).toEqual(expectedContent({ 'model.onnx': 'new' }));
  });

  it('fetches one content once, however many files and versions hold it', async () => {
    await using harness = await cacheHarness();
    const files = { 'model.onnx': LARGE, 'copy/of/model.onnx': LARGE };
    const first = await harness.publish('a', 1, files);
    const second = await harness.publish('b', 2, files);
    const server = harness.server();

    const [one, two] = await Promise.all([server.fetch(first, NEVER), server.fetch(second, NEVER)]);

    expect(harness.reads).toHaveLength(3);
    expect(one.receivedBytes + two.receivedBytes).toBe(LARGE.byteLength);
    expect((await stat(join(two.directory, 'model.onnx'))).nlink).toBe(5);
    expect(await contentOf(two.directory)).toEqual(expectedContent(files, second));
  });

  it('keeps empty files', async () => {
    await using harness = await cacheHarness();
    const files = { 'model.onnx': 'x', 'assets/empty': '' };
    const request = await harness.publish('m', 1, files);

    const { directory } = await harness.server().fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent(files, request));
  });

  it('links symbolically where hard links are impossible, and keeps such blobs', async () => {
    await using harness = await cacheHarness();
    const files = { ...nodeFiles, link: () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' })) };
    const request = await harness.publish('m', 1, MODEL);
    const server = harness.server({ files, maxBytes: 0 });
    const { directory } = await server.fetch(request, NEVER);
    harness.wallNow += 3_600_000;

    await server.fetch(await harness.publish('n', 1, { 'model.onnx': 'other' }), NEVER);
    harness.clock.advance(60_000);

    expect((await lstat(join(directory, 'saved_model.pb'))).isSymbolicLink()).toBe(true);
    expect(await contentOf(directory)).toEqual(expectedContent(MODEL, request));
  });
});

describe('createVersionCache on a damaged disk', () => {
  const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
    'a flipped bit': async (path) => await writeFile(path, 'grapi'),
    'a truncated file': async (path) => await truncate(path, 2),
    'a longer file': async (path) => await writeFile(path, 'graph and more'),
  };

  it.each(Object.entries(damages))('fetches again after %s', async (_, damage) => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, MODEL);
    const server = harness.server();
    await server.fetch(request, NEVER);
    const path = join(harness.directory, 'blobs', sha256('graph').slice(0, 2), sha256('graph'));
    await chmod(path, 0o600);
    await damage(path);

    const { directory } = await server.fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent(MODEL, request));
    expect(harness.said('warn')).toEqual([expect.stringContaining('was damaged on the disk')]);
  });

  it('sees a bit that flipped without a trace when the next process uses the blob first', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, MODEL);
    await harness.server().fetch(request, NEVER);
    const path = join(harness.directory, 'blobs', sha256('graph').slice(0, 2), sha256('graph'));
    const { atime, mtime } = await stat(path);
    await chmod(path, 0o600);
    await writeFile(path, 'grapi');
    await nodeFiles.utimes(path, atime, mtime);

    const { directory } = await harness.server().fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent(MODEL, request));
  });

  it('goes on when its directory was deleted under it', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, MODEL);
    const server = harness.server();
    await server.fetch(request, NEVER);
    await rm(harness.directory, { recursive: true, maxRetries: 10 }); // the server may be tidying up

    const { directory } = await server.fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent(MODEL, request));
  });
});

describe('createVersionCache with hostile requests', () => {
  const paths = ['../evil', '/etc/passwd', 'a/../../evil', 'a//b', '.', 'a\\b', 'a\u0000b', 'manifest.json', ''];

  it.each(paths)('refuses the path %j before anything is read or written', async (path) => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { 'model.onnx': 'x' });
    const files = [...request.files, { path, bytes: 1, sha256: sha256('x') }];

    const fetched = harness.server().fetch({ ...request, files }, NEVER);

    await expect(fetched).rejects.toMatchObject({ code: Code.InvalidArgument });
    expect(harness.reads).toEqual([]);
    await expect(access(harness.directory)).rejects.toThrow();
  });

  it.each(['..', 'a/b', '.hidden', ''])('refuses the model name %j', async (model) => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { 'model.onnx': 'x' });

    const fetched = harness.server().fetch({ ...request, model }, NEVER);

    await expect(fetched).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it('refuses a file below another file, and a digest with two sizes', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { a: 'x' });
    const below = { ...request, files: [...request.files, { path: 'a/b', bytes: 1, sha256: sha256('y') }] };
    const sizes = { ...request, files: [...request.files, { path: 'b', bytes: 2, sha256: sha256('x') }] };

    await expect(harness.server().fetch(below, NEVER)).rejects.toThrow('"a/b" below another file');
    await expect(harness.server().fetch(sizes, NEVER)).rejects.toThrow('2 and 1 bytes with the digest');
  });

  it('refuses another number of bytes than the content with this digest has', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { 'model.onnx': 'x' });
    const server = harness.server();
    await server.fetch(request, NEVER);
    const lying = { ...request, files: [{ path: 'model.onnx', bytes: 2, sha256: sha256('x') }] };

    await expect(server.fetch(lying, NEVER)).rejects.toMatchObject({ code: Code.DataLoss });
    expect(await harness.blobs()).toEqual([sha256('x')]);
  });
});

describe('createVersionCache as to whose directory it is', () => {
  it('makes it for its user only', async () => {
    await using harness = await cacheHarness();

    await harness.server({ isPrivate: true }).fetch(await harness.publish('m', 1, MODEL), NEVER);

    expect((await stat(harness.directory)).mode & 0o777).toBe(0o700);
  });

  it('refuses a default place that somebody else has prepared', async () => {
    await using harness = await cacheHarness();
    await symlink('/proc', harness.directory);
    const stats = async () => Object.assign(await lstat('/proc'), { uid: 12_345 });
    const files = { ...nodeFiles, lstat: stats as unknown as typeof lstat };

    const fetched = harness.server({ isPrivate: true, files }).fetch(await harness.publish('m', 1, MODEL), NEVER);

    await expect(fetched).rejects.toThrow('belongs to another user');
  });
});
