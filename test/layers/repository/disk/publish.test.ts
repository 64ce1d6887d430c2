import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Code, cancelled } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PublishOptions, publishVersion } from '../../../../layers/repository/src/disk/publish.ts';
import { verifyManifest } from '../../../../layers/repository/src/disk/verify-manifest.ts';
import { type TemporaryRepository, temporaryRepository } from '../../../gpu-backend/repository/temporary-repository.ts';

let disk: TemporaryRepository;
let source: string;

beforeEach(async () => {
  disk = await temporaryRepository();
  source = await mkdtemp(join(tmpdir(), 'tensorfleet-source-'));
  await put('model.onnx', 'weights');
  await put('extra/labels.txt', 'cat');
});

afterEach(async () => {
  await disk[Symbol.asyncDispose]();
  await rm(source, { recursive: true });
});

async function put(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(source, path)), { recursive: true });
  await writeFile(join(source, path), content);
}

function publish(options: Partial<PublishOptions> = {}) {
  return publishVersion({ source, root: disk.root, model: 'm', version: 1, ...options });
}

/** Everything in the model's directory, hidden names too. */
async function entries(): Promise<readonly string[]> {
  return (await readdir(join(disk.root, 'm'))).toSorted();
}

describe('publishVersion', () => {
  it('makes a version that is complete at the first scan', async () => {
    const published = await publish({ version: 7 });
    expect(published).toMatchObject({ model: 'm', version: 7, bytes: 10, directory: join(disk.root, 'm/7') });
    await verifyManifest(published.directory, published.manifest);
    expect((await disk.repository.scan('m')).complete).toMatchObject([
      { version: 7, bytes: 10, directory: published.directory, manifest: published.manifest },
    ]);
    expect(await readFile(join(disk.root, 'm/7/extra/labels.txt'), 'utf8')).toBe('cat');
    expect(await entries()).toEqual(['7']);
  });

  it('takes the manifest of the source as a base, and lists the files anew', async () => {
    const stale = { path: 'gone.bin', bytes: 1, sha256: 'a'.repeat(64) };
    const base = { format: 1, files: [stale], metrics: { test_error: 0.9 }, preprocess: { mode: 'tf' } };
    await put('manifest.json', JSON.stringify(base));
    const { manifest } = await publish({ manifest: { metrics: { test_error: 0.1 } } });
    expect(manifest).toMatchObject({ metrics: { test_error: 0.1 }, preprocess: { mode: 'tf' } });
    expect(manifest.files?.map((file) => file.path)).toEqual(['extra/labels.txt', 'model.onnx']);
  });

  it('leaves hidden files behind', async () => {
    await put('.git/config', 'x');
    await put('.DS_Store', 'x');
    await publish();
    expect((await readdir(join(disk.root, 'm/1'))).toSorted()).toEqual(['extra', 'manifest.json', 'model.onnx']);
  });

  it('takes a SavedModel with its TFLite file, as servers do', async () => {
    await unlink(join(source, 'model.onnx'));
    await put('saved_model.pb', 'graph');
    await put('model.tflite', 'small');
    const { manifest } = await publish();
    expect(manifest.files?.map((file) => file.path)).toEqual(['extra/labels.txt', 'model.tflite', 'saved_model.pb']);
  });

  it('follows a source that is a link', async () => {
    const link = join(disk.root, '.link');
    await symlink(source, link);
    expect(await publish({ source: link })).toMatchObject({ version: 1 });
  });

  it('reports progress up to the total', async () => {
    const reports: [number, number][] = [];
    await publish({ onProgress: (done, total) => void reports.push([done, total]) });
    expect(reports).toEqual([
      [3, 10],
      [10, 10],
    ]);
  });

  it.each([
    ['next, into an empty model', [], 'next' as const, 1],
    ['next, after gaps and leading zeros', ['1', '007'], 'next' as const, 8],
    ['next, after a version that is still being copied', ['3', '4'], 'next' as const, 5],
    ['0', ['1'], 0, 0],
  ])('publishes as %s', async (_, existing, version, expected) => {
    for (const name of existing) {
      await disk.write(`m/${name}/something`, 'x');
    }
    expect(await publish({ version })).toMatchObject({ version: expected });
  });

  it.each(['5', '005'])('throws ALREADY_EXISTS when the version is there as %j, and leaves it alone', async (name) => {
    await disk.write(`m/${name}/something`, 'x');
    await expect(publish({ version: 5 })).rejects.toMatchObject({
      code: Code.AlreadyExists,
      message: 'model "m" has version 5 already',
    });
    expect(await entries()).toEqual([name]);
    expect(await readdir(join(disk.root, 'm', name))).toEqual(['something']);
  });

  it('gives every concurrent publisher of next a version of its own', async () => {
    const published = await Promise.all(Array.from({ length: 8 }, () => publish({ version: 'next' })));
    expect(published.map((each) => each.version).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect((await disk.repository.scan('m')).complete.map((found) => found.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('lets one of two concurrent publishers of a version win', async () => {
    const results = await Promise.allSettled([publish(), publish()]);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost).toMatchObject([{ reason: { code: Code.AlreadyExists } }]);
    expect(await entries()).toEqual(['1']);
  });
});

describe('publishVersion refuses', () => {
  it.each<[string, () => Promise<void> | void, Code, string]>([
    ['a source without a model', () => unlink(join(source, 'model.onnx')), Code.FailedPrecondition, 'holds no model'],
    ['two models', () => put('saved_model.pb', 'x'), Code.FailedPrecondition, 'holds several models'],
    [
      'three models',
      async () => {
        await put('saved_model.pb', 'x');
        await put('model.tflite', 'x');
      },
      Code.FailedPrecondition,
      'holds several models',
    ],
    ['an empty model', () => put('model.onnx', ''), Code.FailedPrecondition, 'is empty'],
    [
      'an empty model beside another one',
      async () => {
        await unlink(join(source, 'model.onnx'));
        await put('saved_model.pb', 'x');
        await put('model.tflite', '');
      },
      Code.FailedPrecondition,
      'model.tflite" is empty',
    ],
    ['a link', () => symlink('model.onnx', join(source, 'a.bin')), Code.FailedPrecondition, 'is a symbolic link'],
    [
      'a pipe',
      () => void execFileSync('mkfifo', [join(source, 'a.bin')]),
      Code.FailedPrecondition,
      'is neither a file nor a directory',
    ],
    ['a manifest that is not JSON', () => put('manifest.json', '{'), Code.DataLoss, 'is not JSON'],
    ['a wrong manifest', () => put('manifest.json', '{"format": 3}'), Code.InvalidArgument, 'format is 3'],
    ['a file name that a manifest cannot list', () => put('a\\b', 'x'), Code.InvalidArgument, 'a\\\\b'],
  ])('%s, and leaves nothing behind', async (_, spoil, code, problem) => {
    await spoil();
    await expect(publish()).rejects.toMatchObject({ code, message: expect.stringContaining(problem) });
    expect(await disk.repository.models()).toEqual([]);
  });

  it('a wrong manifest of the publisher', async () => {
    await expect(publish({ manifest: { metrics: { error: Number.NaN } } })).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('metrics.error'),
    });
  });

  it.each(['..', '.m', 'a/b', 'a:b', ''])('the model name %j', async (model) => {
    await expect(publish({ model })).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it.each([-1, 1.5, 2 ** 53])('the version %d', async (version) => {
    await expect(publish({ version })).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it('a source and a root that do not exist, by name', async () => {
    const gone = join(disk.root, 'gone');
    await expect(publish({ source: gone })).rejects.toMatchObject({ code: Code.NotFound, details: { path: gone } });
    await expect(publish({ root: gone })).rejects.toMatchObject({
      code: Code.NotFound,
      message: `"${gone}" does not exist`,
    });
    expect(await readdir(disk.root)).toEqual([]);
  });

  it('a root and a model that are files', async () => {
    await disk.write('m', 'a file');
    await expect(publish()).rejects.toMatchObject({ code: Code.FailedPrecondition });
    await expect(publish({ root: join(disk.root, 'm') })).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: `"${join(disk.root, 'm')}" is not a directory`,
    });
  });
});

describe('publishVersion that fails on the way', () => {
  it('leaves nothing visible and no staging when it is aborted', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(publish({ onProgress, signal: controller.signal })).rejects.toMatchObject({
      code: Code.Cancelled,
      message: 'publishing model "m" was cancelled',
    });
    expect(await entries()).toEqual([]);
  });

  it('rejects with the reason of the signal when that is a StatusError', async () => {
    const reason = cancelled('the user pressed Ctrl-C');
    await expect(publish({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await entries()).toEqual([]);
  });

  it('leaves nothing when a file disappears under it', async () => {
    const onProgress = () => execFileSync('rm', ['-f', join(source, 'model.onnx')]);
    await expect(publish({ onProgress })).rejects.toMatchObject({
      code: Code.NotFound,
      message: `"${join(source, 'model.onnx')}" does not exist`,
    });
    expect(await entries()).toEqual([]);
  });

  it('leaves nothing when a file grows under it', async () => {
    const onProgress = () => execFileSync('sh', ['-c', `echo more >> ${join(source, 'model.onnx')}`]);
    await expect(publish({ onProgress })).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: `"${join(source, 'model.onnx')}" was changed while it was published`,
    });
    expect(await entries()).toEqual([]);
  });

  it('works where no scan looks, and writes the manifest last', async () => {
    const looks: string[][] = [];
    const onProgress = () => {
      const [staging, ...others] = readdirSync(join(disk.root, 'm'));
      expect([staging?.startsWith('.'), others]).toEqual([true, []]);
      looks.push(readdirSync(join(disk.root, 'm', staging ?? '')).toSorted());
    };
    await publish({ onProgress });
    expect(looks).toEqual([['extra'], ['extra', 'model.onnx']]);
  });

  it('sweeps staging directories that are older than a day, and no others', async () => {
    await disk.write('m/.tensorfleet-old/model.onnx', 'x');
    await disk.write('m/.tensorfleet-young/model.onnx', 'x');
    await disk.write('m/.somebody-else/model.onnx', 'x');
    const longAgo = new Date('2020-01-01');
    await utimes(join(disk.root, 'm/.tensorfleet-old'), longAgo, longAgo);
    await utimes(join(disk.root, 'm/.somebody-else'), longAgo, longAgo);
    await publish();
    expect(await entries()).toEqual(['.somebody-else', '.tensorfleet-young', '1']);
  });
});
