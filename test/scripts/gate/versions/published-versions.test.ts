import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, version } from '@tensorfleet/core';
import { publishToStore, publishVersion, setLabel, updateIndex, verifyManifest } from '@tensorfleet/repository';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryVersions } from '../../../../scripts/src/gate/versions/directory-versions.ts';
import { storeVersions } from '../../../../scripts/src/gate/versions/store-versions.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';
import { mnistDirectory } from '../../../support/model-repository.ts';

const { signal } = new AbortController();
const SOURCE = mnistDirectory(1, 'saved_model');
let root: string;
let store: MemoryStore;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tensorfleet-versions-'));
  store = new MemoryStore();
  for (const number of [2, 10]) {
    await publishVersion({ source: SOURCE, root, model: 'mnist', version: number });
    await publishToStore({ source: SOURCE, store, model: 'mnist', version: number, now: () => 1000 });
  }
  const { index } = await updateIndex(store, (current) =>
    setLabel(current, { model: 'mnist', label: 'stable', version: version(2), at: 1000 }),
  );
  expect(index.models.size).toBe(1);
  const found = await store.get('index.json', { maxBytes: 100_000 });
  await writeFile(join(root, 'index.json'), found.kind === 'found' ? found.data : '');
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe.each([
  ['directoryVersions', (model: string) => directoryVersions(root, model)],
  ['storeVersions', (model: string) => storeVersions(store, model)],
] as const)('%s', (_, open) => {
  it('lists versions in ascending order, and labels', async () => {
    expect(await open('mnist').list(signal)).toEqual({ versions: [2, 10], labels: new Map([['stable', 2]]) });
  });

  it('lists nothing of a model that is not there', async () => {
    expect(await open('other').list(signal)).toEqual({ versions: [], labels: new Map() });
  });

  it('gives the files of a version, as its manifest lists them, and their size', async () => {
    const into = await mkdtemp(join(root, 'fetched-'));
    const directory = await open('mnist').fetch(version(10), into, signal);
    const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
    await expect(verifyManifest(directory, manifest)).resolves.toBeUndefined();
    const bytes = manifest.files.reduce((sum: number, file: { bytes: number }) => sum + file.bytes, 0);
    expect(await open('mnist').size(version(10), signal)).toBe(bytes);
  });
});

describe('storeVersions', () => {
  it('refuses a version whose bytes are not those of its manifest', async () => {
    const key = 'mnist/2/saved_model.pb';
    const stored = store.objects.get(key) ?? expect.fail(`no ${key}`);
    const data = stored.data.with(0, (stored.data[0] ?? 0) ^ 1);
    store.objects.set(key, { ...stored, data });
    const into = await mkdtemp(join(root, 'damaged-'));
    await expect(storeVersions(store, 'mnist').fetch(version(2), into, signal)).rejects.toMatchObject({
      code: Code.DataLoss,
    });
    store.objects.set(key, stored);
  });

  it('is empty where there is no index', async () => {
    expect(await storeVersions(new MemoryStore(), 'mnist').list(signal)).toEqual({ versions: [], labels: new Map() });
  });
});
