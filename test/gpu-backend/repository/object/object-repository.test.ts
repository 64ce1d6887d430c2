import { createHash } from 'node:crypto';
import { Code, dataLoss, unavailable, version } from '@tensorfleet/core';
import { formatIndex, type IndexedModel } from '@tensorfleet/repository';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { all, latest } from '../../../../gpu-backend/src/repository/servable-version-policy.ts';
import { ENTRY, indexedModel } from '../../../contract/indexed-repository.contract.ts';
import { manifestOf } from '../../../contract/model-repository.contract.ts';
import { ObjectHarness } from './object-harness.ts';

let at: ObjectHarness;

beforeEach(async () => {
  at = await ObjectHarness.create();
});
afterEach(() => at[Symbol.asyncDispose]());

async function index(models: Readonly<Record<string, IndexedModel>>): Promise<void> {
  await at.write('index.json', formatIndex({ models: new Map(Object.entries(models)) }));
}

/** Versions of `m` with an index that names them. */
async function publish(...versions: readonly number[]): Promise<void> {
  for (const each of versions) {
    await at.upload(`m/${each}`);
  }
  await index({ m: indexedModel(versions) });
}

describe('ObjectRepository with an index', () => {
  it('asks for the index once per interval, whatever the number of models', async () => {
    const names = Array.from({ length: 100 }, (_, number) => `m${number}`);
    for (const name of names) {
      await at.upload(`${name}/1`);
    }
    await index(Object.fromEntries(names.map((name) => [name, indexedModel([1])])));
    for (const name of names) {
      await at.settle(name, latest(), 0);
    }
    at.asked();
    for (let second = 0; second < 10; second++) {
      at.clock.advance(1_000);
      await at.repository.models();
      await Promise.all(names.map((name) => at.repository.scan(name)));
    }
    expect(at.asked()).toEqual(Array.from({ length: 10 }, () => 'get index.json'));
  });

  it('fetches what the policy wants and nothing else', async () => {
    await publish(1, 2, 3);
    expect(await at.settle('m')).toEqual([3]);
    expect(at.fetcher.fetched).toEqual(['m/3']);
    expect(await at.settle('m', latest(2))).toEqual([2, 3]);
    expect(at.fetcher.fetched).toEqual(['m/3', 'm/2']);
  });

  it('does not wait for a download, and tells when it is over', async () => {
    await publish(1);
    const gate = Promise.withResolvers<void>();
    at.fetcher.before = () => gate.promise;
    expect(await at.repository.scan('m')).toMatchObject({ complete: [], settling: [1] });
    at.news.splice(0);
    gate.resolve();
    await at.repository.idle();
    expect(at.news).toEqual(['m']);
    expect(await at.repository.scan('m')).toMatchObject({ complete: [{ version: 1 }], settling: [] });
  });

  it('keeps the old version while the new one downloads', async () => {
    await publish(1);
    await at.settle('m');
    await publish(1, 2);
    const gate = Promise.withResolvers<void>();
    at.fetcher.before = () => gate.promise;
    at.clock.advance(1_000);
    expect(await at.repository.scan('m')).toMatchObject({ complete: [{ version: 1 }], settling: [2] });
    gate.resolve();
    await at.repository.idle();
    expect(await at.versions('m')).toEqual([2]);
  });

  it('tells the models whose part of the index has changed', async () => {
    await index({ m: indexedModel([]), other: indexedModel([]) });
    await Promise.allSettled([at.repository.scan('m'), at.repository.scan('other')]);
    at.news.splice(0);
    await publish(1);
    await index({ m: indexedModel([1]), other: indexedModel([]) });
    at.clock.advance(1_000);
    await at.repository.scan('other');
    expect(at.news).toEqual(['m']);
  });

  it('gives a directory back when nobody has wanted it for a while and nothing uses it', async () => {
    await publish(1);
    await at.settle('m');
    at.inUse.add('m/1');
    await publish(1, 2);
    for (let minute = 0; minute < 4; minute++) {
      await at.settle('m', latest(), 60_000);
    }
    expect(at.fetcher.released).toEqual([]);
    at.inUse.clear();
    for (let minute = 0; minute < 4; minute++) {
      await at.settle('m', latest(), 60_000);
    }
    expect(at.fetcher.released).toEqual([expect.stringContaining('m-1-')]);
  });
});

describe('ObjectRepository when a version is wrong', () => {
  const manifests: [string, string, string][] = [
    ['has another manifest than the index says', manifestOf({ 'model.onnx': 'onnX' }), 'has another digest'],
    ['has a manifest that is not JSON', '{"format": 1', 'is not JSON'],
    ['names a file outside', manifestOf({ 'model.onnx': 'onnx', '../1/model.onnx': 'onnx' }), 'relative path'],
    ['names an absolute path', manifestOf({ 'model.onnx': 'onnx', '/etc/passwd': 'onnx' }), 'relative path'],
    [
      'names a file below a file',
      manifestOf({ 'model.onnx': 'onnx', 'model.onnx/x': '' }),
      'in the place of a directory',
    ],
    ['names no model', manifestOf({ 'labels.txt': 'onnx' }), 'holds no model'],
    [
      'is of another size than the index says',
      manifestOf({ 'model.onnx': 'onnx', 'a.bin': 'a' }),
      'has 5 bytes by its manifest',
    ],
  ];
  it.each(manifests)('which %s, leaves it out, says so once, and serves the others', async (name, manifest, reason) => {
    await publish(1, 2);
    await at.write('m/2/manifest.json', manifest);
    const digest = name.includes('another manifest')
      ? ENTRY.manifest
      : createHash('sha256').update(manifest).digest('hex');
    const model = indexedModel([1]);
    await index({
      m: { ...model, versions: new Map([...model.versions, [version(2), { ...ENTRY, manifest: digest }]]) },
    });
    for (let minute = 0; minute < 30; minute++) {
      await at.settle('m', latest(), 60_000);
    }
    expect(await at.versions('m')).toEqual([1]);
    expect(at.warnings).toEqual([expect.stringContaining(reason)]);
    expect(at.faults.length).toBeGreaterThan(3); // tried again, ever more seldom
    expect(at.faults.length).toBeLessThan(15);
  });

  it('whose bytes are not what its manifest says, keeps the version before', async () => {
    await publish(1);
    await at.settle('m');
    await publish(1, 2);
    await at.write('m/2/model.onnx', 'onnX');
    expect(await at.settle('m')).toEqual([1]);
    expect(await at.settle('m')).toEqual([1]);
    expect([at.warnings.length, at.faults[0]]).toEqual([1, 'wrong_digest']);
    await at.write('m/2/model.onnx', 'onnx');
    expect(await at.settle('m', latest(), 300_000)).toEqual([2]);
  });

  const keys: [string, string][] = [
    ['with ..', '../../etc/passwd'],
    ['with //', 'a//b'],
    ['with a control character', 'a\nb'],
    ['with a backslash', 'a\\b'],
    ['below a file', 'model.onnx/x'],
    ['nested too deeply', `${'a/'.repeat(17)}b`],
  ];
  it.each(keys)('without an index: a key %s leaves it out', async (_, key) => {
    await at.upload('m/1');
    await at.write('m/2/model.onnx', 'onnx');
    at.store.objects.set(`m/2/${key}`, { data: new Uint8Array(1), etag: '"x"' });
    for (let look = 0; look < 4; look++) {
      await at.settle('m', latest(), 60_000);
    }
    expect(await at.versions('m')).toEqual([1]);
    expect(at.fetcher.fetched).toEqual(['m/1']);
    expect(at.warnings).toHaveLength(1);
  });

  it('without an index: too many objects leave it out, before all are listed', async () => {
    await at.upload('m/1');
    for (let number = 0; number <= 10_000; number++) {
      at.store.objects.set(`m/2/${number}.bin`, { data: new Uint8Array(), etag: '"x"' });
    }
    await at.settle('m', latest(), 60_000);
    expect(await at.settle('m', latest(), 60_000)).toEqual([1]);
    expect(at.warnings).toEqual([expect.stringContaining('holds more than 10000 objects')]);
  });

  it('without an index: one that is being published is left out until its manifest is there', async () => {
    await at.write('m/1/.publishing.json', '{}');
    await at.write('m/1/model.onnx', 'onnx');
    for (let look = 0; look < 4; look++) {
      expect(await at.settle('m', latest(), 60_000)).toEqual([]);
    }
    await at.upload('m/1');
    expect(await at.settle('m', latest(), 60_000)).toEqual([1]);
  });

  it('without an index: a checkpoint of which a shard is missing is not fetched', async () => {
    for (const name of ['saved_model.pb', 'variables/variables.index', 'variables/variables.data-00000-of-00002']) {
      await at.write(`m/1/${name}`, 'x');
    }
    for (let look = 0; look < 4; look++) {
      expect(await at.settle('m', latest(), 60_000)).toEqual([]);
    }
    expect(at.fetcher.fetched).toEqual([]);
    await at.write('m/1/variables/variables.data-00001-of-00002', 'x');
    await at.settle('m', latest(), 60_000);
    expect(await at.settle('m', latest(), 60_000)).toEqual([1]);
  });
});

describe('ObjectRepository while the store fails', () => {
  it('serves on, and says so once', async () => {
    await publish(1);
    await at.settle('m');
    at.failing(() => {
      throw unavailable('slow down', { fault: 'slow_down' });
    });
    for (let minute = 0; minute < 10; minute++) {
      expect(await at.settle('m', latest(), 60_000)).toEqual([1]);
    }
    expect(at.warnings).toEqual(['slow down; what is known of it stays']);
    expect(new Set(at.faults)).toEqual(new Set(['slow_down']));
  });

  it('rejects a scan whose only version could not be fetched, and fetches it when the store is back', async () => {
    await publish(1);
    at.fetcher.before = () => {
      throw unavailable('the connection was cut', { fault: 'cut_off' });
    };
    await at.repository.scan('m');
    await at.repository.idle();
    await expect(at.repository.scan('m')).rejects.toMatchObject({ code: Code.Unavailable });
    expect(at.faults).toEqual(['cut_off']);
    at.fetcher.before = () => undefined;
    at.clock.advance(2_000);
    await expect(at.repository.scan('m')).rejects.toThrow('the connection was cut'); // until the next try is over
    await at.repository.idle();
    expect(await at.versions('m')).toEqual([1]);
  });

  it('without an index: serves on while nothing can be listed, and asks ever more seldom', async () => {
    await at.upload('m/1');
    await at.settle('m');
    at.asked();
    at.failing((operation) => {
      if (operation === 'list') {
        throw unavailable('slow down', { fault: 'slow_down' });
      }
    });
    for (let second = 0; second < 600; second++) {
      expect(await at.settle('m')).toEqual([1]);
    }
    expect(at.asked().filter((request) => request.startsWith('list')).length).toBeLessThan(20);
    expect(at.warnings).toEqual(['slow down; what is known of it stays']);
  });

  it.each([
    ['the version', 'm/2'],
    ['the model', 'm'],
    ['one of its files', 'm/2/model.onnx'],
  ])('without an index: a stale listing that does not show %s loses nothing', async (_, gone) => {
    await at.upload('m/1');
    await at.upload('m/2');
    await at.settle('m');
    const before = new Map(at.store.objects);
    at.remove(gone);
    expect(await at.settle('m', latest(), 10_000)).toEqual([2]);
    for (const [key, object] of before) {
      at.store.objects.set(key, object);
    }
    for (let look = 0; look < 10; look++) {
      expect(await at.settle('m', latest(), 10_000)).toEqual([2]);
    }
    expect(at.fetcher.fetched).toEqual(['m/2']);
  });

  it('without an index: what stays gone is gone', async () => {
    await at.upload('m/1');
    await at.upload('m/2');
    await at.settle('m');
    at.remove('m/2');
    for (let look = 0; look < 6; look++) {
      await at.settle('m', latest(), 10_000);
    }
    expect(await at.versions('m')).toEqual([1]);
  });
});

describe('ObjectRepository without an index', () => {
  it('lists a quiet model ever more seldom, and at once after refresh()', async () => {
    await at.upload('m/1');
    await at.settle('m');
    at.asked();
    for (let second = 0; second < 3600; second++) {
      at.clock.advance(1_000);
      await at.repository.scan('m');
    }
    expect(at.asked().filter((request) => request === 'list m/').length).toBeLessThan(70);
    await at.upload('m/2');
    at.repository.refresh();
    await at.repository.scan('m');
    await at.repository.idle();
    expect(await at.versions('m')).toEqual([2]);
  });

  it('takes two looks for two only when they are far enough apart', async () => {
    await at.write('m/1/model.onnx', 'onnx');
    await at.repository.scan('m');
    for (const [ms, expected] of [
      [499, { settling: [1] }],
      [1, { settling: [1] }],
      [0, { complete: [{ version: 1 }] }],
    ] as const) {
      at.clock.advance(ms);
      at.repository.refresh();
      expect(await at.repository.scan('m')).toMatchObject(expected);
      await at.repository.idle();
      expect(at.fetcher.fetched.length).toBe(ms === 499 ? 0 : 1);
    }
  });

  it('asks for no manifest again that has not changed', async () => {
    await at.upload('m/1');
    await at.settle('m');
    await at.settle('m', all(), 60_000);
    await at.settle('m', all(), 60_000);
    expect(at.asked().filter((request) => request === 'get m/1/manifest.json')).toHaveLength(1);
  });

  it('has no index to change', async () => {
    await at.upload('m/1');
    const update = at.repository.update('m', (unchanged) => unchanged);
    await expect(update).rejects.toMatchObject({ code: Code.FailedPrecondition });
    expect(at.store.objects.has('index.json')).toBe(false);
  });
});

describe('closing an ObjectRepository', () => {
  it('aborts what runs and gives all directories back', async () => {
    await publish(1, 2);
    await at.settle('m');
    const begun = Promise.withResolvers<void>();
    at.fetcher.before = async (_, signal) => {
      begun.resolve();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(dataLoss('aborted'))));
    };
    await at.repository.scan('m', latest(2));
    await begun.promise;
    await at.repository[Symbol.asyncDispose]();
    expect(at.fetcher.released).toEqual([expect.stringContaining('m-2-')]);
  });
});
