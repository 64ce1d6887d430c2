import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFsRepository } from '../../../gpu-backend/src/repository/fs-repository.ts';
import type { ModelRepository } from '../../../gpu-backend/src/repository/model-repository.ts';
import { latest, type ServableVersionPolicy } from '../../../gpu-backend/src/repository/servable-version-policy.ts';
import { describeModelRepository, manifestOf } from '../../contract/model-repository.contract.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { type TemporaryRepository, temporaryRepository } from './temporary-repository.ts';

describe('the repository on a local disk', () => {
  describeModelRepository(temporaryRepository);
});

let disk: TemporaryRepository;
let outside: string;

beforeEach(async () => {
  disk = await temporaryRepository();
  outside = await mkdtemp(join(tmpdir(), 'tensorfleet-outside-'));
  await writeFile(join(outside, 'model.onnx'), 'onnx');
});

afterEach(async () => {
  await disk[Symbol.asyncDispose]();
  await rm(outside, { recursive: true });
});

/** The versions that are visible after two looks. */
async function settled(model: string, repository: ModelRepository = disk.repository): Promise<readonly number[]> {
  await repository.scan(model);
  return (await repository.scan(model)).complete.map((found) => found.version);
}

describe('createFsRepository', () => {
  it('does not read the bytes of versions that the policy does not want', async () => {
    const log = silentLog();
    const repository = createFsRepository({ root: disk.root, log });
    for (const number of [1, 2]) {
      await disk.write(`m/${number}/model.onnx`, 'onnx');
      await disk.write(`m/${number}/manifest.json`, manifestOf({ 'model.onnx': 'onnx' }));
    }
    await disk.write('m/1/model.onnx', 'xnno'); // whoever reads it says that its digest is wrong
    const scan = (policy: ServableVersionPolicy) => repository.scan('m', policy);
    await scan(latest());
    await scan(latest());
    expect(log.lines).toEqual([]);
    await scan(latest(2));
    await scan(latest(2));
    expect(log.lines).toHaveLength(1);
  });

  it('models() throws NOT_FOUND with the root that does not exist', async () => {
    const repository = createFsRepository({ root: join(disk.root, 'gone') });
    await expect(repository.models()).rejects.toMatchObject({
      code: Code.NotFound,
      message: expect.stringContaining(join(disk.root, 'gone')),
    });
  });

  it('scan() throws its own error for a directory that cannot be read, and other models are not concerned', async () => {
    await disk.publish('m/1');
    await symlink('loop', join(disk.root, 'loop'));
    await writeFile(join(disk.root, 'file'), 'x');
    await expect(disk.repository.scan('loop')).rejects.toMatchObject({ code: Code.FailedPrecondition });
    await expect(disk.repository.scan('file')).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: `"${join(disk.root, 'file')}" is not a directory`,
    });
    expect(await settled('m')).toEqual([1]);
  });

  it('scan() of a model whose versions are all gone is empty', async () => {
    await disk.publish('m/1');
    await disk.remove('m/1');
    expect((await disk.repository.scan('m')).complete).toEqual([]);
  });

  it('scan() calls that overlap are one look, not two', async () => {
    await disk.write('m/1/model.onnx', 'onnx');
    const [first, second] = await Promise.all([disk.repository.scan('m'), disk.repository.scan('m')]);
    expect(first).toEqual({ complete: [], settling: [1] });
    expect(second).toBe(first);
  });

  it('finds the versions of one model at one base path after the other', async () => {
    await disk.publish('here/1');
    await disk.publish('there/2');
    const repository = createFsRepository({});
    const at = async (place: string) => (await repository.scan('m', latest(), join(disk.root, place))).complete;
    expect(await at('here')).toMatchObject([{ model: 'm', version: 1 }]);
    expect(await at('there')).toMatchObject([{ model: 'm', version: 2 }]);
    expect(await repository.models()).toEqual([]);
    await expect(repository.scan('m')).rejects.toMatchObject({ code: Code.NotFound });
  });

  it('counts only models of the allowed formats', async () => {
    await disk.write('m/1/model.onnx', 'x');
    await disk.write('m/2/model.tflite', 'x');
    const repository = createFsRepository({ root: disk.root, allowedFormats: ['onnx'] });
    expect(await settled('m', repository)).toEqual([1]);
  });
});

describe('a version directory', () => {
  it('is the last in order of those with one number', async () => {
    await disk.publish('m/01');
    await disk.publish('m/1');
    await disk.publish('m/001');
    const found = (await disk.repository.scan('m')).complete;
    expect(found).toMatchObject([{ version: 1, directory: join(disk.root, 'm/1') }]);
    await disk.repository.scan('m');
    expect(disk.warnings).toEqual([
      'directories "001" and "01" are both version 1 of model "m", "01" is used',
      'directories "01" and "1" are both version 1 of model "m", "1" is used',
    ]);
  });

  it('is no file, no pipe and no link out of the tree', async () => {
    await disk.publish('m/1');
    await disk.write('m/5', 'a file');
    execFileSync('mkfifo', [join(disk.root, 'm/6')]);
    await symlink(outside, join(disk.root, 'm/7'));
    await symlink('nowhere', join(disk.root, 'm/8'));
    expect(await settled('m')).toEqual([1]);
    expect(disk.warnings).toHaveLength(4);
  });

  it('may be a link inside the tree', async () => {
    await disk.publish('m/staging');
    await symlink('staging', join(disk.root, 'm/3'));
    expect((await disk.repository.scan('m')).complete).toMatchObject([
      { version: 3, directory: join(disk.root, 'm/3') },
    ]);
  });

  it('may hold links as mounted Kubernetes volumes do', async () => {
    await disk.write('m/1/..2026/model.onnx', 'onnx');
    await symlink('..2026', join(disk.root, 'm/1/..data'));
    await symlink('..data/model.onnx', join(disk.root, 'm/1/model.onnx'));
    expect(await settled('m')).toEqual([1]);
  });

  it.each<[string, (directory: string) => Promise<void> | void]>([
    ['a file that links out of the tree', (to) => symlink(join(outside, 'model.onnx'), join(to, 'x.bin'))],
    ['a directory that links out of the tree', (to) => symlink(outside, join(to, 'variables'))],
    ['a link that leads nowhere', (to) => symlink('nowhere', join(to, 'x.bin'))],
    ['a directory that links to itself', (to) => symlink('.', join(to, 'again'))],
    ['a pipe', (to) => void execFileSync('mkfifo', [join(to, 'x.bin')])],
    [
      'directories nested without end',
      async (to) => void (await mkdir(join(to, 'd/'.repeat(40)), { recursive: true })),
    ],
  ])('is left out when it holds %s', async (_, spoil) => {
    await disk.write('m/1/model.onnx', 'onnx');
    await spoil(join(disk.root, 'm/1'));
    await disk.publish('m/2');
    expect(await settled('m')).toEqual([2]);
  });

  it.each<[string, (path: string) => Promise<void> | void]>([
    ['links out of the tree', (path) => symlink(join(outside, 'model.onnx'), path)],
    ['is a pipe', (path) => void execFileSync('mkfifo', [path])],
  ])('is left out when a file that the manifest lists %s', async (_, spoil) => {
    await disk.write('m/1/manifest.json', manifestOf({ 'model.onnx': 'onnx' }));
    await spoil(join(disk.root, 'm/1/model.onnx'));
    expect(await settled('m')).toEqual([]);
  });

  it('is left out when its manifest is a pipe, without waiting for a writer', async () => {
    await disk.write('m/1/model.onnx', 'onnx');
    execFileSync('mkfifo', [join(disk.root, 'm/1/manifest.json')]);
    expect(await settled('m')).toEqual([]);
  });

  it('that is renamed is another version', async () => {
    await disk.publish('m/8');
    await disk.repository.scan('m');
    await rename(join(disk.root, 'm/8'), join(disk.root, 'm/9'));
    expect((await disk.repository.scan('m')).complete.map((found) => found.version)).toEqual([9]);
  });

  it('without a listing settles in its time, however often it is looked at', async () => {
    const clock = new FakeClock();
    await disk.write('m/1/model.onnx', 'onnx');
    const repository = createFsRepository({ root: disk.root, settleMs: 500, clock });
    const found = async () => (await repository.scan('m')).complete.length;
    expect([await found(), await found()]).toEqual([0, 0]);
    clock.advance(499);
    expect(await found()).toBe(0);
    await disk.write('m/1/extra.bin', 'more');
    clock.advance(1);
    expect(await found()).toBe(0);
    clock.advance(500);
    expect(await found()).toBe(1);
  });

  it('that takes the place of another has to settle again', async () => {
    await disk.write('m/1/model.onnx', 'onnx');
    await disk.write('m/new/model.onnx', 'onnx');
    expect(await settled('m')).toEqual([1]);
    await disk.remove('m/1');
    await rename(join(disk.root, 'm/new'), join(disk.root, 'm/1'));
    expect((await disk.repository.scan('m')).complete).toEqual([]);
    expect((await disk.repository.scan('m')).complete.map((found) => found.version)).toEqual([1]);
  });

  it('is not hashed again while sizes, times and inodes stay', async () => {
    await disk.publish('m/1');
    const path = join(disk.root, 'm/1/model.onnx');
    const { atime, mtime } = await stat(path);
    await utimes(path, atime, mtime); // to the precision that utimes has
    expect((await disk.repository.scan('m')).complete).toHaveLength(1);
    await writeFile(path, 'ONNX');
    await utimes(path, atime, mtime);
    expect((await disk.repository.scan('m')).complete).toHaveLength(1);
    expect((await createFsRepository({ root: disk.root }).scan('m')).complete).toEqual([]);
  });
});

describe('warnings', () => {
  it('name a problem once, when two scans have found it unchanged', async () => {
    await disk.write('m/1/manifest.json', manifestOf({ 'model.onnx': 'onnx' }));
    await disk.repository.scan('m');
    await disk.write('m/1/model.onnx', 'on');
    await disk.repository.scan('m');
    expect(disk.warnings).toEqual([]);
    await disk.repository.scan('m');
    await disk.repository.scan('m');
    const path = join(disk.root, 'm/1/model.onnx');
    expect(disk.warnings).toEqual([
      `version 1 of model "m" is left out: "${path}" has 2 bytes, the manifest lists 4 bytes`,
    ]);
  });

  it('say what to do about a directory without numbers', async () => {
    await mkdir(join(disk.root, 'm/v1'), { recursive: true });
    await settled('m');
    expect(disk.warnings).toEqual([
      `no directory in "${join(disk.root, 'm')}" is named by a version number, for example 1`,
    ]);
  });
});
