import { createHash } from 'node:crypto';
import { version } from '@tensorfleet/core';
import {
  formatIndex,
  type IndexedModel,
  type IndexedVersion,
  type LabelTarget,
  type ModelRouting,
} from '@tensorfleet/repository';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { latest, type ServableVersionPolicy } from '../../gpu-backend/src/repository/servable-version-policy.ts';
import { manifestOf, type RepositoryFixture } from './model-repository.contract.ts';

const [V1, V2, V3] = [version(1), version(2), version(3)];

const CONTENT = 'onnx';
const MANIFEST = manifestOf({ 'model.onnx': CONTENT });

/** What an index says of a version that was published with `MANIFEST`. */
export const ENTRY: IndexedVersion = {
  manifest: createHash('sha256').update(MANIFEST).digest('hex'),
  bytes: CONTENT.length,
  publishedAt: 0,
};

/** A model of an index with these versions. */
export function indexedModel(versions: readonly number[], more: Partial<IndexedModel> = {}): IndexedModel {
  const entries = new Map(versions.map((each) => [version(each), ENTRY]));
  return { versions: entries, retired: [], labels: new Map(), history: [], ...more };
}

/** What every ModelRepository promises where the root has an index. */
export function describeIndexedRepository(make: () => Promise<RepositoryFixture>): void {
  let fixture: RepositoryFixture;

  beforeEach(async () => {
    fixture = await make();
    for (const place of ['m/1', 'm/2', 'm/3', 'other/7']) {
      await fixture.write(`${place}/model.onnx`, CONTENT);
      await fixture.write(`${place}/manifest.json`, MANIFEST);
    }
  });
  afterEach(async () => {
    await fixture[Symbol.asyncDispose]();
  });

  async function index(models: Readonly<Record<string, IndexedModel>>): Promise<void> {
    await fixture.write('index.json', formatIndex({ models: new Map(Object.entries(models)) }));
  }

  async function versions(model: string, policy: ServableVersionPolicy = latest()): Promise<readonly number[]> {
    return (await fixture.repository.scan(model, policy)).complete.map((found) => found.version);
  }

  async function routing(model: string): Promise<ModelRouting | undefined> {
    return (await fixture.repository.scan(model)).routing;
  }

  const LABELS: IndexedModel['labels'] = new Map<string, LabelTarget>([
    ['stable', V1],
    [
      'canary',
      new Map([
        [V1, 95],
        [V2, 5],
      ]),
    ],
  ]);

  describe('routing', () => {
    it('is what the index says, the same object while nothing changes', async () => {
      await index({ m: indexedModel([1, 2, 3], { labels: LABELS, shadow: { version: V3, percent: 10 } }) });
      const first = await routing('m');
      expect(first).toEqual({ labels: LABELS, shadow: { version: V3, percent: 10 } });
      expect(await routing('m')).toBe(first);
    });

    it('follows the index', async () => {
      await index({ m: indexedModel([1, 2, 3], { labels: new Map([['stable', V1]]) }) });
      expect((await routing('m'))?.labels.get('stable')).toBe(1);
      await index({ m: indexedModel([1, 2, 3], { labels: new Map([['stable', V2]]) }) });
      expect((await routing('m'))?.labels.get('stable')).toBe(2);
    });

    it('stays when the model becomes wrong in the index, and others do not mind', async () => {
      const other = indexedModel([7]);
      await index({ m: indexedModel([1, 2, 3], { labels: LABELS }), other });
      await routing('m');
      await index({
        m: indexedModel([2, 3], { labels: LABELS }),
        other: { ...other, labels: new Map([['x', version(7)]]) },
      });
      expect((await routing('m'))?.labels).toEqual(LABELS);
      expect((await routing('other'))?.labels.get('x')).toBe(7);
    });

    it('stays while the index is no index', async () => {
      await index({ m: indexedModel([1, 2, 3], { labels: LABELS }) });
      await routing('m');
      await fixture.write('index.json', '{"format": 1, "mod');
      expect((await routing('m'))?.labels).toEqual(LABELS);
    });

    it('is that of the directory which a base path names', async () => {
      await index({ other: indexedModel([7], { labels: new Map([['stable', version(7)]]) }) });
      const found = await fixture.repository.scan('served', latest(), fixture.basePathOf('other'));
      expect(found.complete).toMatchObject([{ model: 'served', version: 7 }]);
      expect(found.routing?.labels.get('stable')).toBe(7);
    });
  });

  describe('versions', () => {
    it('that the index routes to are wanted as well', async () => {
      await index({ m: indexedModel([1, 2, 3], { labels: new Map([['stable', V1]]) }) });
      const found = await versions('m', latest());
      expect([found.includes(1), found.includes(3)]).toEqual([true, true]);
    });

    it('that are retired are left out', async () => {
      await index({ m: indexedModel([1, 2], { retired: [V3] }) });
      expect(await versions('m', latest())).toEqual([2]);
    });

    it('come back from one look to the next as the same objects', async () => {
      await index({ m: indexedModel([1, 2, 3]) });
      const [first] = (await fixture.repository.scan('m', latest())).complete.slice(-1);
      await index({ m: indexedModel([1, 2, 3], { labels: LABELS }) });
      const [second] = (await fixture.repository.scan('m', latest())).complete.slice(-1);
      expect(second).toBe(first);
    });
  });
}
