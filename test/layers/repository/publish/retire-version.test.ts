import { Code, unavailable } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLAIM_NAME } from '../../../../layers/repository/src/format/claim.ts';
import { setLabel } from '../../../../layers/repository/src/publish/label-edits.ts';
import { publishToStore } from '../../../../layers/repository/src/publish/publish-to-store.ts';
import {
  type RetireFromStoreOptions,
  retireFromStore,
} from '../../../../layers/repository/src/publish/retire-version.ts';
import { updateIndex } from '../../../../layers/repository/src/publish/update-index.ts';
import { GatedStore } from '../../../fakes/gated-store.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';
import { v } from './index-builder.ts';
import { indexIn, putText, sourceOf } from './published-store.ts';

let store: MemoryStore;
let source: Awaited<ReturnType<typeof sourceOf>>;

beforeEach(async () => {
  store = new MemoryStore();
  source = await sourceOf({ 'model.onnx': 'weights', 'extra/labels.txt': 'cat' });
  await publish(1);
  await publish(2);
});

afterEach(() => source[Symbol.asyncDispose]());

async function publish(version: number): Promise<void> {
  await publishToStore({ source: source.path, store, model: 'm', version, now: () => 1_000 });
}

function retire(options: Partial<RetireFromStoreOptions> = {}) {
  return retireFromStore({ store, model: 'm', version: 2, now: () => 2_000, ...options });
}

function keysOf(version: number | string): readonly string[] {
  return [...store.objects.keys()].filter((key) => key.startsWith(`m/${version}/`)).toSorted();
}

describe('retireFromStore', () => {
  it('takes the version out of the index and leaves its files', async () => {
    expect(await retire()).toEqual({ changed: true, deletedFiles: 0, deletedBytes: 0 });
    expect(indexIn(store).models.get('m')).toMatchObject({ retired: [2], versions: new Map([[1, expect.anything()]]) });
    expect(keysOf(2)).toHaveLength(3);
    expect(await retire()).toMatchObject({ changed: false });
  });

  it('deletes the files on request, also later, and those of no other version', async () => {
    await retire();
    expect(await retire({ deleteFiles: true })).toEqual({ changed: false, deletedFiles: 2, deletedBytes: 10 });
    expect([keysOf(2), keysOf(1).length]).toEqual([[`m/2/${CLAIM_NAME}`], 3]);
  });

  it('takes the number of what a killed publisher has left, and of a plain upload', async () => {
    await putText(store, `m/5/${CLAIM_NAME}`, '{');
    await putText(store, 'm/5/model.onnx', 'w');
    await putText(store, 'm/06/model.onnx', 'w');
    await retire({ version: 5, deleteFiles: true });
    await retire({ version: 6, deleteFiles: true });
    expect(indexIn(store).models.get('m')?.retired).toEqual([5, 6]);
    expect([keysOf(5), keysOf('06')]).toEqual([[`m/5/${CLAIM_NAME}`], [`m/06/${CLAIM_NAME}`]]);
  });

  it('ends a publisher that has not heard of it, and what that uploads stays hidden', async () => {
    const other = await sourceOf({ 'model.onnx': 'others!' });
    const late = new GatedStore(store, async (phase, operation) => {
      if (phase === 'before' && operation === 'upload') {
        await retire({ version: 3, deleteFiles: true });
      }
    });
    const published = publishToStore({ source: other.path, store: late, model: 'm', version: 3, now: () => 1_000 });
    await expect(published).rejects.toMatchObject({ code: Code.FailedPrecondition });
    expect(keysOf(3)).toEqual([`m/3/${CLAIM_NAME}`, 'm/3/model.onnx']);
    await other[Symbol.asyncDispose]();
  });

  it.each<readonly [string, number, () => Promise<unknown>, Code]>([
    ['a number that nothing has', 9, async () => undefined, Code.NotFound],
    [
      'a version that a label names',
      2,
      () => updateIndex(store, (index) => setLabel(index, { model: 'm', label: 'x', version: v(2), at: 1 })),
      Code.FailedPrecondition,
    ],
  ])('refuses %s, and deletes nothing', async (_, version, prepare, code) => {
    await prepare();
    const before = new Map(store.objects);
    await expect(retire({ version, deleteFiles: true })).rejects.toMatchObject({ code });
    expect(new Map(store.objects)).toEqual(before);
  });

  it('never leaves what looks like a plain upload, whenever it is killed, and goes on', async () => {
    for (let failing = 1, ended = false; !ended; failing++) {
      store = new MemoryStore();
      await publish(1);
      await publish(2);
      let count = 0;
      const faulty = new GatedStore(store, (phase) => {
        if (phase === 'before' && ++count === failing) {
          throw unavailable('killed');
        }
      });
      ended = await retire({ store: faulty, deleteFiles: true }).then(
        () => true,
        () => false,
      );
      const names = keysOf(2).map((key) => key.slice('m/2/'.length));
      const isUntouched = names.length >= 3 && names.includes('manifest.json');
      expect(isUntouched || names.includes(CLAIM_NAME)).toBe(true);
      if (!isUntouched) {
        expect(indexIn(store).models.get('m')?.retired).toEqual([2]);
      }
      await retire({ deleteFiles: true });
      expect(keysOf(2)).toEqual([`m/2/${CLAIM_NAME}`]);
    }
  });
});
