import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, unavailable } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLAIM_NAME } from '../../../../layers/repository/src/format/claim.ts';
import {
  type PublishToStoreOptions,
  publishToStore,
} from '../../../../layers/repository/src/publish/publish-to-store.ts';
import { updateIndex } from '../../../../layers/repository/src/publish/update-index.ts';
import { retire } from '../../../../layers/repository/src/publish/version-edits.ts';
import { GatedStore, type GatePhase } from '../../../fakes/gated-store.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';
import { v } from './index-builder.ts';
import { contentsIn, indexIn, putText, sourceOf, textOf } from './published-store.ts';

let store: MemoryStore;
let one: Awaited<ReturnType<typeof sourceOf>>;
let two: Awaited<ReturnType<typeof sourceOf>>;
let operations: string[];

beforeEach(async () => {
  store = new MemoryStore();
  operations = [];
  one = await sourceOf({ 'model.onnx': 'weights', 'extra/labels.txt': 'cat' });
  two = await sourceOf({ 'model.onnx': 'others!' });
});

afterEach(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
});

function publish(options: Partial<PublishToStoreOptions> = {}) {
  return publishToStore({ source: one.path, store, model: 'm', version: 'next', now: () => 1_000, ...options });
}

/** A store whose operation number `failing` fails, before or after it has acted; it writes down all of them. */
function faulty(failing = Number.POSITIVE_INFINITY, failsIn: GatePhase = 'before'): GatedStore {
  return new GatedStore(store, (phase, operation, key) => {
    if (phase === 'before') {
      operations.push(`${operation} ${key}`);
    }
    if (phase === failsIn && operations.length === failing) {
      throw unavailable(`operation ${failing} failed`);
    }
  });
}

function keys(): readonly string[] {
  return [...store.objects.keys()].toSorted();
}

const written = ['index.json', 'm/1/extra/labels.txt', 'm/1/manifest.json', 'm/1/model.onnx'];

describe('publishToStore', () => {
  it('stores the files, then the manifest, then names the version and its labels in one change of the index', async () => {
    const published = await publish({ store: faulty(), labels: ['canary', 'eu'] });
    expect(published).toMatchObject({
      model: 'm',
      version: 1,
      url: 'memory://bucket/root/m/1/',
      bytes: 10,
      kind: 'claimed',
    });
    expect([...contentsIn(store, 'm', 1)]).toEqual([
      ['extra/labels.txt', 'cat'],
      ['model.onnx', 'weights'],
    ]);
    expect(keys()).toEqual(written);
    expect(operations.filter((each) => !/^(get|head|list) /.test(each))).toEqual([
      `put m/1/${CLAIM_NAME}`,
      `put m/1/${CLAIM_NAME}`,
      'upload m/1/extra/labels.txt',
      'upload m/1/model.onnx',
      'put m/1/manifest.json',
      'put index.json',
      `delete m/1/${CLAIM_NAME}`,
    ]);
    const model = indexIn(store).models.get('m');
    expect(model?.versions.get(v(1))).toEqual({ manifest: published.digest, bytes: 10, publishedAt: 1_000 });
    expect(model?.labels).toEqual(
      new Map([
        ['canary', 1],
        ['eu', 1],
      ]),
    );
  });

  it('sends nothing when the same files are there under the same number, and sets labels all the same', async () => {
    await publish({ version: 7 });
    expect(await publish({ version: 7, store: faulty(), labels: ['stable'] })).toMatchObject({
      version: 7,
      kind: 'indexed',
    });
    expect(operations.filter((each) => /^(upload|put m)/.test(each))).toEqual([]);
    expect(indexIn(store).models.get('m')?.labels.get('stable')).toBe(7);
  });

  it('tells how far it is, in digests and in bytes sent', async () => {
    const seen: unknown[] = [];
    await publish({ onProgress: (...progress) => seen.push(progress) });
    // Files travel in parallel, in whatever order.
    expect(seen.filter((_, i) => i !== 2)).toEqual([
      ['digest', 3, 10],
      ['digest', 10, 10],
      ['upload', 10, 10],
    ]);
  });

  it.each<readonly [string, () => Promise<unknown>, number]>([
    ['the index', () => publish({ version: 4 }), 5],
    [
      'retired numbers',
      async () => {
        await publish({ version: 4 });
        await updateIndex(store, (index) => retire(index, { model: 'm', version: v(9), at: 1, unlisted: true }));
      },
      10,
    ],
    [
      'directories of plain uploads',
      async () => {
        await publish({ version: 4 });
        await putText(store, 'm/0012/model.onnx', 'x');
      },
      13,
    ],
    [
      'directories of unfinished publishers',
      async () => {
        await publish({ version: 4 });
        await publish({ source: two.path, store: faulty(14) }).catch(() => undefined);
      },
      6,
    ],
    ['other models', () => publish({ version: 4, model: 'other' }), 1],
  ])('next is one more than the highest number of %s', async (_, prepare, expected) => {
    await prepare();
    expect((await publish()).version).toBe(expected);
  });

  it('gives two publishers with next a version each', async () => {
    const both = await Promise.all([
      publish(),
      publish({ source: two.path }),
      publish({ source: two.path, model: 'n' }),
    ]);
    expect(
      both
        .slice(0, 2)
        .map(({ version }) => version)
        .toSorted(),
    ).toEqual([1, 2]);
    for (const { model, version, manifest } of both) {
      expect([...contentsIn(store, model, version).keys()]).toEqual(manifest.files?.map(({ path }) => path));
    }
  });

  it.each<readonly [string, () => Promise<unknown>, Code, string]>([
    ['other content', () => publish({ source: two.path, version: 3 }), Code.AlreadyExists, 'with other content'],
    [
      'other content that no index names',
      async () => {
        await publish({ source: two.path, version: 3 });
        await publish({ source: two.path, version: 5, model: 'other' });
        await putText(store, 'index.json', '{"format":1,"models":{}}');
      },
      Code.AlreadyExists,
      'with other content',
    ],
    [
      'an unfinished upload of other content',
      () => publish({ source: two.path, version: 3, store: faulty(9) }).catch(() => undefined),
      Code.AlreadyExists,
      'whose upload began at 1970-01-01T00:00:01.000Z and is not finished',
    ],
    [
      'a plain upload',
      async () => {
        await publish({ version: 1 });
        await putText(store, 'm/3/model.onnx', 'x');
      },
      Code.AlreadyExists,
      'as a plain upload',
    ],
    [
      'a plain upload under another name',
      async () => {
        await publish({ version: 1 });
        await putText(store, 'm/03/model.onnx', 'x');
      },
      Code.AlreadyExists,
      'as "03"',
    ],
    ['a claim that cannot be read', () => putText(store, `m/3/${CLAIM_NAME}`, '{'), Code.DataLoss, 'is not JSON'],
    [
      'a retired version',
      () => updateIndex(store, (i) => retire(i, { model: 'm', version: v(3), at: 1, unlisted: true })),
      Code.FailedPrecondition,
      'is retired',
    ],
  ])('refuses a number with %s, and leaves it alone', async (_, prepare, code, words) => {
    await prepare();
    const before = new Map(store.objects);
    await expect(publish({ version: 3 })).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(new Map(store.objects)).toEqual(before);
  });

  it('makes no index that would hide plain uploads', async () => {
    await putText(store, 'cats/2/model.onnx', 'x');
    const message = expect.stringContaining('uploaded versions, like cats/2, and no index.json that names them');
    await expect(publish()).rejects.toMatchObject({ code: Code.FailedPrecondition, message });
    expect(keys()).toEqual(['cats/2/model.onnx']);
  });

  it('keeps off a plain upload that begins while it takes the number', async () => {
    await publish();
    let begun = false;
    const late = new GatedStore(store, async (phase, operation, key) => {
      if (phase === 'before' && operation === 'put' && key === `m/2/${CLAIM_NAME}` && !begun) {
        begun = true;
        await putText(store, 'm/2/model.onnx', 'x');
      }
    });
    expect((await publish({ store: late })).version).toBe(3);
    expect([textOf(store, 'm/2/model.onnx'), store.objects.has(`m/2/${CLAIM_NAME}`)]).toEqual(['x', false]);
  });

  it('leaves a plain upload visible when it was killed while it kept off', async () => {
    await publish({ version: 1 });
    const killed = new GatedStore(store, async (phase, operation, key) => {
      if (phase === 'after' && operation === 'put' && key === `m/2/${CLAIM_NAME}`) {
        await putText(store, 'm/2/model.onnx', 'x');
      }
      if (operation === 'delete') {
        throw unavailable('killed');
      }
    });
    await publish({ store: killed }).catch(() => undefined);
    expect(store.objects.has(`m/2/${CLAIM_NAME}`)).toBe(true);
    await expect(publish({ version: 2 })).rejects.toMatchObject({ code: Code.AlreadyExists });
    expect(keys().filter((key) => key.startsWith('m/2/'))).toEqual(['m/2/model.onnx']);
  });

  it('finishes no version into which somebody else writes', async () => {
    const intruder = new GatedStore(store, async (phase, operation, key) => {
      if (phase === 'after' && operation === 'upload' && key === 'm/1/model.onnx') {
        await putText(store, key, 'OTHERS!');
      }
    });
    await expect(publish({ store: intruder })).rejects.toMatchObject({ code: Code.DataLoss });
    expect([indexIn(store).models.size, store.objects.has('m/1/manifest.json')]).toEqual([0, false]);
  });

  it('finishes no version whose source changes while it is sent', async () => {
    const changing = new GatedStore(store, async (phase, operation, key) => {
      if (phase === 'before' && operation === 'upload' && key === 'm/1/model.onnx') {
        await writeFile(join(one.path, 'model.onnx'), 'changed');
      }
    });
    const message = expect.stringMatching(/model\.onnx" was changed while it was uploaded; .* is unfinished/);
    await expect(publish({ store: changing })).rejects.toMatchObject({ code: Code.FailedPrecondition, message });
    expect(keys()).not.toContain('m/1/model.onnx');
    expect(keys()).not.toContain('m/1/manifest.json');
  });

  it('sends nothing of a source that changes while it is digested', async () => {
    const onProgress = (): void => writeFileSync(join(one.path, 'more.txt'), 'new');
    const message = expect.stringMatching(/more\.txt" was changed while it was published$/);
    await expect(publish({ onProgress })).rejects.toMatchObject({ code: Code.FailedPrecondition, message });
    expect(keys()).toEqual([]);
  });

  it('cancelled says what is left and goes on when called again', async () => {
    const cancel = new AbortController();
    const cancelling = new GatedStore(store, (phase, operation) => {
      if (phase === 'after' && operation === 'upload') {
        cancel.abort();
      }
    });
    await expect(publish({ store: cancelling, signal: cancel.signal })).rejects.toMatchObject({
      code: Code.Cancelled,
      message: expect.stringMatching(
        /was cancelled; the upload to ".*\/m\/1\/" is unfinished: publish the same files again/,
      ),
      details: { model: 'm', version: '1' },
    });
    expect(indexIn(store).models.size).toBe(0);
    expect(await publish()).toMatchObject({ version: 1, kind: 'resumed' });
    expect(keys()).toEqual(written);
  });

  it.each(['before', 'after'] as const)(
    'that failed %s any of its operations had acted goes on with the same number',
    async (phase) => {
      await publish({ store: faulty() });
      const count = operations.length;
      for (let failing = 1; failing <= count; failing++) {
        store = new MemoryStore();
        operations = [];
        await publish({ store: faulty(failing, phase), labels: ['x'] }).catch(() => undefined);
        const hidden = indexIn(store).models.size === 0;
        operations = [];
        const { version } = await publish({ store: faulty(), ...(!hidden && { version: 1 }), labels: ['x'] });
        expect({ failing, version, keys: keys() }).toEqual({ failing, version: 1, keys: written });
        expect(operations.filter((each) => each === 'put index.json')).toHaveLength(hidden ? 1 : 0);
        contentsIn(store, 'm', 1);
      }
    },
  );
});
