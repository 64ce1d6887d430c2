import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStore } from '../../../../layers/repository/src/store/directory-store.ts';
import { describeObjectStore, readAll } from '../../../contract/object-store.contract.ts';

async function makeRoot(): Promise<{ readonly root: string } & AsyncDisposable> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'directory-store-')));
  const root = join(parent, 'root');
  await mkdir(root);
  return { root, [Symbol.asyncDispose]: () => rm(parent, { recursive: true }) };
}

const text = new TextEncoder().encode('text');
const get = { maxBytes: 100 };

describe('DirectoryStore', () => {
  describeObjectStore(async () => {
    const fixture = await makeRoot();
    return { store: new DirectoryStore(fixture.root), [Symbol.asyncDispose]: fixture[Symbol.asyncDispose] };
  });

  describe('on a disk that others use', () => {
    let fixture: { readonly root: string } & AsyncDisposable;
    let root: string;
    let store: DirectoryStore;

    beforeEach(async () => {
      fixture = await makeRoot();
      root = fixture.root;
      store = new DirectoryStore(root);
    });
    afterEach(async () => {
      await fixture[Symbol.asyncDispose]();
    });

    async function keys(): Promise<readonly string[]> {
      const found: string[] = [];
      for await (const { objects } of store.list('')) {
        found.push(...objects.map(({ key }) => key));
      }
      return found;
    }

    it('reads files that others have put there', async () => {
      await mkdir(join(root, 'm/1'), { recursive: true });
      await writeFile(join(root, 'm/1/model.onnx'), 'text');
      expect(await keys()).toEqual(['m/1/model.onnx']);
      expect((await readAll(store.read('m/1/model.onnx'))).toString()).toBe('text');
    });

    it('rejects with NOT_FOUND where the root is not there, and makes none', async () => {
      const mistyped = new DirectoryStore(join(root, '../rooot'));
      const missing = { code: Code.NotFound, message: expect.stringContaining('rooot') };
      await expect(mistyped.get('index.json', get)).rejects.toMatchObject(missing);
      await expect(mistyped.put('index.json', text)).rejects.toMatchObject(missing);
      await expect(mistyped.list('').next()).rejects.toMatchObject(missing);
      expect(await readdir(join(root, '..'))).toEqual(['root']);
    });

    it('follows links inside the root, and refuses those that lead out: to read, to write, to list through', async () => {
      await writeFile(join(root, '../secret'), 'secret');
      await mkdir(join(root, '../outside'));
      await writeFile(join(root, '../outside/file'), 'secret');
      await store.put('m/1/x', text);
      await symlink('1', join(root, 'm/2'));
      await symlink('../../secret', join(root, 'm/out'));
      await symlink('../../outside', join(root, 'm/3'));
      const refused = { code: Code.FailedPrecondition, message: expect.stringContaining('leads out of') };
      expect(await store.get('m/2/x', get)).toMatchObject({ kind: 'found' });
      for (const key of ['m/out', 'm/3/file']) {
        await expect(store.get(key, get)).rejects.toMatchObject(refused);
        await expect(store.head(key)).rejects.toMatchObject(refused);
        await expect(readAll(store.read(key))).rejects.toMatchObject(refused);
      }
      await expect(store.put('m/3/new', text)).rejects.toMatchObject(refused);
      await expect(store.delete('m/3/file')).rejects.toMatchObject(refused);
      expect(await readdir(join(root, '../outside'))).toEqual(['file']);
      // They are shown, so that a version with one of them is not taken for whole.
      expect(await keys()).toEqual(['m/1/x', 'm/2/x', 'm/3', 'm/out']);
    });

    it('refuses a pipe at once, and shows it', async () => {
      await mkdir(join(root, 'm/1'), { recursive: true });
      await promisify(execFile)('mkfifo', [join(root, 'm/1/pipe')]);
      const refused = { code: Code.FailedPrecondition, message: expect.stringContaining('is not a regular file') };
      await expect(store.get('m/1/pipe', get)).rejects.toMatchObject(refused);
      await expect(readAll(store.read('m/1/pipe'))).rejects.toMatchObject(refused);
      expect(await keys()).toEqual(['m/1/pipe']);
    });

    it('ends at a link to the directory above it', async () => {
      await store.put('m/1/x', text);
      await symlink('..', join(root, 'm/loop'));
      await expect(keys()).rejects.toMatchObject({
        code: Code.FailedPrecondition,
        message: expect.stringContaining('nested deeper'),
      });
    });

    it('hides its lock and unfinished writes, keeps their names, and sweeps old ones', async () => {
      const left = join(root, '.tensorfleet-left-by-a-killed-writer');
      await writeFile(left, 'half');
      await store.put('index.json', text);
      expect(await keys()).toEqual(['index.json']);
      for (const key of ['.object-store-lock/1', 'm/.tensorfleet-x']) {
        await expect(store.put(key, text)).rejects.toMatchObject({ code: Code.InvalidArgument });
      }
      const longAgo = new Date(Date.now() - 25 * 3_600_000);
      await utimes(left, longAgo, longAgo);
      await store.put('index.json', text);
      expect((await readdir(root)).toSorted()).toEqual(['.object-store-lock', 'index.json']);
    });

    it('gives each write an etag of its own, also where the clock stands still', async () => {
      const tomorrow = new Date(Date.now() + 86_400_000);
      const etags = new Set([await store.put('index.json', text)]);
      await utimes(join(root, 'index.json'), tomorrow, tomorrow);
      for (let write = 0; write < 20; write++) {
        etags.add(await store.put('index.json', text));
      }
      expect(etags.size).toBe(21);
    });

    it('leaves the old object when a write cannot be finished', async () => {
      await store.put('index.json', text);
      await mkdir(join(root, 'directory/x'), { recursive: true });
      await expect(store.put('directory', text)).rejects.toMatchObject({ code: Code.FailedPrecondition });
      await expect(store.put('index.json/x', text)).rejects.toMatchObject({ code: Code.FailedPrecondition });
      expect(await readFile(join(root, 'index.json'), 'utf8')).toBe('text');
      expect((await readdir(root)).toSorted()).toEqual(['.object-store-lock', 'directory', 'index.json']);
    });
  });
});
