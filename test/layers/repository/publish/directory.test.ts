import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readIndex } from '../../../../layers/repository/src/publish/known-numbers.ts';
import {
  type PublishToDirectoryOptions,
  publishToDirectory,
} from '../../../../layers/repository/src/publish/publish-to-directory.ts';
import {
  type RetireFromDirectoryOptions,
  retireFromDirectory,
} from '../../../../layers/repository/src/publish/retire-from-directory.ts';
import { DirectoryStore } from '../../../../layers/repository/src/store/directory-store.ts';
import { sha256, sourceOf } from './published-store.ts';

let root: string;
let source: Awaited<ReturnType<typeof sourceOf>>;
let store: DirectoryStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tensorfleet-root-'));
  source = await sourceOf({ 'model.onnx': 'weights' });
  store = new DirectoryStore(root);
});

afterEach(async () => {
  await rm(root, { recursive: true });
  await source[Symbol.asyncDispose]();
});

function publish(options: Partial<PublishToDirectoryOptions> = {}) {
  return publishToDirectory({
    source: source.path,
    root,
    store,
    model: 'm',
    version: 'next',
    now: () => 1_000,
    ...options,
  });
}

function retire(options: Partial<RetireFromDirectoryOptions> = {}) {
  return retireFromDirectory({ root, store, model: 'm', version: 1, now: () => 2_000, ...options });
}

async function model() {
  return (await readIndex(store))?.models.get('m');
}

describe('publishToDirectory', () => {
  it('makes no index where none is and no label is wanted', async () => {
    await publish();
    expect(await model()).toBeUndefined();
  });

  it('names the version with its labels, and later ones in the index that is there', async () => {
    await publish({ labels: ['stable'] });
    await publish();
    const indexed = await model();
    expect([[...(indexed?.versions.keys() ?? [])], indexed?.labels]).toEqual([[1, 2], new Map([['stable', 1]])]);
    const manifest = await readFile(join(root, 'm/2/manifest.json'));
    expect([...(indexed?.versions.values() ?? [])][1]).toEqual({
      manifest: sha256(manifest),
      bytes: 7,
      publishedAt: 1_000,
    });
  });

  it('gives no retired number again', async () => {
    await publish();
    await publish();
    await retire({ version: 2, deleteFiles: true });
    await expect(publish({ version: 2 })).rejects.toMatchObject({ code: Code.FailedPrecondition });
    expect((await publish()).version).toBe(3);
  });
});

describe('retireFromDirectory', () => {
  it.each([
    ['hides the files', false, ['.retired-1']],
    ['deletes the files on request', true, []],
  ])('%s, and is done once', async (_, deleteFiles, left) => {
    await publish({ labels: [] });
    expect(await retire({ deleteFiles })).toEqual({ changed: true });
    expect([await readdir(join(root, 'm')), (await model())?.retired]).toEqual([left, [1]]);
    expect(await retire({ deleteFiles })).toEqual({ changed: false });
  });

  it('deletes later what was hidden', async () => {
    await publish();
    await retire();
    await retire({ deleteFiles: true });
    expect(await readdir(join(root, 'm'))).toEqual([]);
  });

  it.each<readonly [string, number, readonly string[], Code]>([
    ['a version that is not there', 9, [], Code.NotFound],
    ['a version that a label names', 1, ['stable'], Code.FailedPrecondition],
  ])('refuses %s', async (_, version, labels, code) => {
    await publish({ labels });
    await expect(retire({ version })).rejects.toMatchObject({ code });
    expect(await readdir(join(root, 'm'))).toEqual(['1']);
  });
});
