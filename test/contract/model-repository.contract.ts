import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, version } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelRepository } from '../../gpu-backend/src/repository/model-repository.ts';
import {
  all,
  latest,
  type ServableVersionPolicy,
  selectVersions,
  specific,
} from '../../gpu-backend/src/repository/servable-version-policy.ts';

/** A repository that is empty, and a hand that changes what lies in it behind its back. */
export interface RepositoryFixture extends AsyncDisposable {
  readonly repository: ModelRepository;
  /** Creates or replaces one file; `path` is `<model>/<version>/<file>`. */
  write(path: string, content: string): Promise<void>;
  /** Deletes a file, or a directory with everything in it. */
  remove(path: string): Promise<void>;
  /** The base path of the directory `name` at the root. */
  basePathOf(name: string): string;
  /** Whether versions are served from copies: what is deleted goes on being served until something else is complete. */
  readonly servesCopies: boolean;
}

/** A manifest that lists these files (path to content) as they are, with further keys. */
export function manifestOf(
  files: Readonly<Record<string, string>>,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const listed = Object.entries(files).map(([path, content]) => ({
    path,
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  return JSON.stringify({ format: 1, ...more, files: listed });
}

/** What every ModelRepository promises, wherever its versions lie. */
export function describeModelRepository(make: () => Promise<RepositoryFixture>): void {
  let fixture: RepositoryFixture;

  beforeEach(async () => {
    fixture = await make();
  });
  afterEach(async () => {
    await fixture[Symbol.asyncDispose]();
  });

  async function publish(place: string, content = 'onnx'): Promise<void> {
    await fixture.write(`${place}/model.onnx`, content);
    await fixture.write(`${place}/manifest.json`, manifestOf({ 'model.onnx': content }));
  }

  async function visible(model: string): Promise<readonly number[]> {
    return (await fixture.repository.scan(model)).complete.map((found) => found.version);
  }

  describe('models()', () => {
    it('lists the models that have a version, sorted, as they come and go', async () => {
      expect(await fixture.repository.models()).toEqual([]);
      await publish('zebra/1');
      await publish('ant/1');
      expect(await fixture.repository.models()).toEqual(['ant', 'zebra']);
      await fixture.remove('ant');
      expect(await fixture.repository.models()).toEqual(['zebra']);
    });

    it('leaves out names that a request could not address, and places without a version', async () => {
      await publish('.hidden/1');
      await publish('a:b/1');
      await publish('lost+found/notes');
      await publish('fine/1');
      expect(await fixture.repository.models()).toEqual(['fine']);
    });
  });

  describe('scan() of one model', () => {
    it('throws NOT_FOUND for a model that has no directory', async () => {
      await expect(fixture.repository.scan('nowhere')).rejects.toMatchObject({
        code: Code.NotFound,
        message: expect.stringContaining('"nowhere"'),
      });
    });

    it.each(['', '.', '..', '../m', 'a/b', 'a\\b', 'a:b', '.hidden', 'a\0b', 'a\nb', 'x'.repeat(256)])(
      'throws INVALID_ARGUMENT for the name %j',
      async (name) => {
        await publish('b/1');
        await expect(fixture.repository.scan(name)).rejects.toMatchObject({ code: Code.InvalidArgument });
      },
    );

    it('gives the directory, the bytes and the manifest of a version', async () => {
      await fixture.write('m/7/model.onnx', 'weights');
      await fixture.write('m/7/extra/labels.txt', 'cat');
      const files = { 'model.onnx': 'weights', 'extra/labels.txt': 'cat' };
      await fixture.write('m/7/manifest.json', manifestOf(files, { metrics: { test_error: 0.1 } }));

      const [found, ...others] = (await fixture.repository.scan('m')).complete;

      expect(others).toEqual([]);
      expect(found).toMatchObject({ model: 'm', version: 7, bytes: 10, manifest: { metrics: { test_error: 0.1 } } });
      expect(await readFile(join(found?.directory ?? '', 'extra/labels.txt'), 'utf8')).toBe('cat');
    });

    it('lists versions ascending by number, with leading zeros and as time stamps', async () => {
      for (const name of ['10', '9', '00000123', '0', '20170111173521']) {
        await publish(`m/${name}`);
      }
      expect(await visible('m')).toEqual([0, 9, 10, 123, 20170111173521]);
    });

    it.each(['+1', '-1', ' 1', '1e3', '0x1', '1.0', 'v1', '.1', '9007199254740992'])(
      'ignores a directory named %j',
      async (name) => {
        await publish(`m/${name}`);
        await publish('m/2');
        expect(await visible('m')).toEqual([2]);
      },
    );

    it('returns the same objects while nothing changes', async () => {
      await publish('m/1');
      await fixture.write('m/2/model.onnx', 'plain');
      await fixture.repository.scan('m');
      const first = (await fixture.repository.scan('m')).complete;
      const second = (await fixture.repository.scan('m')).complete;
      expect(first).toHaveLength(2);
      expect(second[0]).toBe(first[0]);
      expect(second[1]).toBe(first[1]);
    });

    it('tells which versions may still be changing, as far as the policy wants them', async () => {
      await fixture.write('m/1/model.onnx', 'plain');
      await publish('m/2');
      await fixture.write('m/3/model.onnx', 'plain');
      const settling = async () => (await fixture.repository.scan('m', latest())).settling;
      expect([await settling(), await settling()]).toEqual([[3], []]);
    });

    it('finds the versions under a base path that is given', async () => {
      await publish('m/1');
      await publish('other/7');
      expect(await visible('m')).toEqual([1]);
      const elsewhere = fixture.basePathOf('other');
      expect((await fixture.repository.scan('m', all(), elsewhere)).complete).toMatchObject([
        { model: 'm', version: 7 },
      ]);
      expect(await visible('m')).toEqual([1]);
    });

    it('forgets what it has learnt about a model', async () => {
      await fixture.write('m/1/model.onnx', 'onnx');
      await visible('m');
      fixture.repository.forget('m');
      expect(await visible('m')).toEqual([]);
      expect(await visible('m')).toEqual([1]);
    });

    it('does not mind what is wrong with another model', async () => {
      await fixture.write('broken/1/manifest.json', '{');
      await publish('m/1');
      expect(await visible('broken')).toEqual([]);
      expect(await visible('m')).toEqual([1]);
    });
  });

  describe('scan() with a policy', () => {
    const wanted = async (policy: ServableVersionPolicy): Promise<readonly number[]> => {
      const versions = (await fixture.repository.scan('m', policy)).complete.map((found) => found.version);
      return selectVersions(policy, versions).aspired;
    };

    it('finds what the policy wants', async () => {
      for (const number of [1, 2, 3]) {
        await publish(`m/${number}`);
      }
      expect(await wanted(latest())).toEqual([3]);
      expect(await wanted(latest(2))).toEqual([2, 3]);
      expect(await wanted(specific([version(1)]))).toEqual([1]);
      expect(await wanted(all())).toEqual([1, 2, 3]);
    });

    it('looks further down when the highest version is not complete, and again when it is gone', async () => {
      await publish('m/1');
      await publish('m/2');
      await publish('m/3', 'full');
      await fixture.write('m/3/model.onnx', 'half');
      expect(await wanted(latest())).toEqual([2]);
      await fixture.remove('m/2');
      expect(await wanted(latest())).toEqual([1]);
    });

    it('answers concurrent callers each by their own policy', async () => {
      await publish('m/1');
      await publish('m/2');
      expect(await Promise.all([wanted(latest()), wanted(all()), wanted(latest())])).toEqual([[2], [1, 2], [2]]);
    });
  });

  describe('a version with a manifest', () => {
    it('is visible at the first scan when every file matches', async () => {
      await publish('m/1');
      expect(await visible('m')).toEqual([1]);
    });

    it('is invisible until the last byte when the manifest is copied first', async () => {
      const files = { 'model.onnx': 'weights', 'data/a.bin': 'aaaa', 'data/b.bin': 'bbbb' };
      const steps: [string, string][] = [
        ['manifest.json', manifestOf(files)],
        ['model.onnx', ''],
        ['model.onnx', 'weig'],
        ['model.onnx', 'weights'],
        ['data/a.bin', 'aaaa'],
        ['data/b.bin', 'bbb'],
        ['data/b.bin', 'bbbX'],
      ];
      for (const [path, content] of steps) {
        await fixture.write(`m/1/${path}`, content);
        expect(await visible('m'), `after ${path}`).toEqual([]);
        expect(await visible('m'), `still after ${path}`).toEqual([]);
      }
      await fixture.write('m/1/data/b.bin', 'bbbb');
      expect(await visible('m')).toEqual([1]);
    });

    it('is left out while a file has the right size and the wrong content', async () => {
      await publish('m/1');
      await publish('m/2', 'full');
      await fixture.write('m/2/model.onnx', 'half');
      expect(await visible('m')).toEqual([1]);
      await fixture.write('m/2/model.onnx', 'full');
      expect(await visible('m')).toEqual([1, 2]);
    });

    it('disappears with one of its files', async () => {
      await publish('m/1');
      expect(await visible('m')).toEqual([1]);
      await fixture.remove('m/1/model.onnx');
      expect(await visible('m')).toEqual([]);
    });

    it('may hold files that the manifest does not list', async () => {
      await publish('m/1');
      await fixture.write('m/1/README.md', 'hello');
      expect(await visible('m')).toEqual([1]);
    });

    it.each([
      ['is not JSON', '{"format": 1'],
      ['is empty', ''],
      ['has an unknown key', manifestOf({ 'model.onnx': 'onnx' }, { colour: 'red' })],
      ['is of another format', manifestOf({ 'model.onnx': 'onnx' }, { format: 2 })],
      ['lists no model', manifestOf({ 'labels.txt': 'cat' })],
      ['lists a path out of the version', manifestOf({ 'model.onnx': 'onnx', '../2/model.onnx': 'onnx' })],
      ['lists an absolute path', manifestOf({ 'model.onnx': 'onnx', '/etc/hostname': 'onnx' })],
      ['lists a path with a null character', manifestOf({ 'model.onnx': 'onnx', 'a\0b': 'onnx' })],
      ['lists a directory', manifestOf({ 'model.onnx': 'onnx', data: '' })],
    ])('is left out when the manifest %s, and its neighbour is not', async (_, manifest) => {
      await publish('m/2');
      await publish('m/1');
      await fixture.write('m/1/labels.txt', 'cat');
      await fixture.write('m/1/data/a.bin', 'a');
      await fixture.write('m/1/manifest.json', manifest);
      expect(await visible('m')).toEqual([2]);
      expect(await visible('m')).toEqual([2]);
    });
  });

  describe('a version without a listing', () => {
    it.each([
      ['no manifest', undefined],
      ['a manifest without files', '{"format": 1, "metrics": {"test_error": 0.5}}'],
      ['a manifest with an empty list', '{"format": 1, "files": []}'],
    ])('is visible from the second scan that sees the same files, with %s', async (_, manifest) => {
      await fixture.write('m/1/model.onnx', 'onnx');
      if (manifest !== undefined) {
        await fixture.write('m/1/manifest.json', manifest);
      }
      expect(await visible('m')).toEqual([]);
      expect(await visible('m')).toEqual([1]);
    });

    it('is invisible while it is copied file by file', async () => {
      const steps: [string, string][] = [
        ['variables/variables.index', 'index'],
        ['saved_model.pb', ''],
        ['saved_model.pb', 'gra'],
        ['saved_model.pb', 'graph'],
        ['variables/variables.data-00000-of-00001', 'weig'],
        ['variables/variables.data-00000-of-00001', 'weights'],
      ];
      for (const [path, content] of steps) {
        await fixture.write(`m/1/${path}`, content);
        expect(await visible('m'), `after ${path}`).toEqual([]);
      }
      expect(await visible('m')).toEqual([1]);
    });

    it('gains its manifest when that is copied last', async () => {
      await fixture.write('m/1/model.onnx', 'onnx');
      await fixture.repository.scan('m');
      await fixture.repository.scan('m');
      await fixture.write('m/1/manifest.json', manifestOf({ 'model.onnx': 'onnx' }, { metrics: { test_error: 0.2 } }));
      expect((await fixture.repository.scan('m')).complete).toMatchObject([
        { manifest: { metrics: { test_error: 0.2 } } },
      ]);
    });

    it('stays visible when a file is replaced in place, until one is gone', async () => {
      await fixture.write('m/1/model.onnx', 'onnx');
      await fixture.write('m/1/labels.txt', 'cat');
      await fixture.repository.scan('m');
      expect(await visible('m')).toEqual([1]);
      await fixture.write('m/1/labels.txt', 'a cat and a dog');
      expect(await visible('m')).toEqual([1]);
      await fixture.remove('m/1/labels.txt');
      expect(await visible('m')).toEqual(fixture.servesCopies ? [1] : []);
    });

    it('is the same version until a copy that had stalled has gone on, and then another one', async () => {
      await fixture.write('m/1/model.onnx', 'half');
      await fixture.repository.scan('m');
      const [half] = (await fixture.repository.scan('m')).complete;
      expect((await fixture.repository.scan('m')).complete[0]).toBe(half);
      await fixture.write('m/1/model.onnx', 'full');
      expect((await fixture.repository.scan('m')).complete[0]).toBe(half);
      const [whole] = (await fixture.repository.scan('m')).complete;
      expect(whole).not.toBe(half);
      expect(whole).toMatchObject({ version: 1, bytes: 4 });
      expect((await fixture.repository.scan('m')).complete[0]).toBe(whole);
    });

    it.each(['model.onnx', 'saved_model.pb', 'saved_model.pbtxt', 'model.tflite', 'model.json'])(
      'counts as a model when it holds %s',
      async (name) => {
        await fixture.write(`m/1/${name}`, 'x');
        await fixture.repository.scan('m');
        expect(await visible('m')).toEqual([1]);
      },
    );

    it.each(['weights.bin', 'Model.onnx', 'nested/model.onnx', '.model.onnx'])(
      'is no version when it holds only %s',
      async (name) => {
        await fixture.write(`m/1/${name}`, 'x');
        await fixture.repository.scan('m');
        expect(await visible('m')).toEqual([]);
      },
    );

    it('is no version while its model file is empty', async () => {
      await fixture.write('m/1/model.onnx', '');
      await fixture.repository.scan('m');
      expect(await visible('m')).toEqual([]);
    });
  });
}
