import { version } from '@tensorfleet/core';
import { addVersion, promote, retire, setShadow, setWeights, startRollout, updateIndex } from '@tensorfleet/repository';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { listModels } from '../../../scripts/src/repository/list-models.ts';
import {
  modelToJson,
  renderHistory,
  renderModels,
  renderVersions,
} from '../../../scripts/src/repository/render-versions.ts';
import { MemoryStore } from '../../fakes/memory-store.ts';

const PLAIN = picocolors.createColors(false);
const [V1, V2, V3] = [version(1), version(2), version(3)];
/** Noon of a day wherever the test runs. */
const AT = new Date(2026, 10, 22, 12).getTime();
const OPTIONS = { kind: 'store', details: true, signal: new AbortController().signal } as const;

async function put(store: MemoryStore, key: string, value: object = {}): Promise<void> {
  await store.put(key, new TextEncoder().encode(JSON.stringify(value)));
}

/** Model `m` with a canary and a version in every state, `n` with none in the index. */
async function repository(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const manifest = (v: number): object => ({ format: 1, metrics: { test_error: v / 10, p99_ms: 3 } });
  for (const v of [1, 2, 3]) {
    await put(store, `m/${v}/manifest.json`, manifest(v));
  }
  await put(store, 'm/4/.publishing.json');
  await put(store, 'm/5/rejected.json', {
    format: 1,
    reason: 'two models',
    rejected: new Date(AT).toISOString(),
    files: '',
  });
  await put(store, 'm/6/model.onnx');
  await put(store, 'm/tmp/model.onnx');
  await put(store, 'n/1/model.onnx');
  const edit = { model: 'm', at: AT };
  await updateIndex(store, (index) => {
    let next = index;
    for (const [v, bytes] of [
      [V1, 1000],
      [V2, 2000],
      [V3, 3000],
    ] as const) {
      next = addVersion(next, { ...edit, version: v, manifest: 'a'.repeat(64), bytes });
    }
    next = retire(next, { ...edit, version: V1 });
    next = setWeights(next, {
      ...edit,
      label: 'canary',
      weights: new Map([
        [V2, 19],
        [V3, 1],
      ]),
    });
    return setShadow(promote(next, { ...edit, version: V2 }), { ...edit, version: V3, percent: 10 });
  });
  return store;
}

async function only(store: MemoryStore) {
  const [model] = await listModels(store, { ...OPTIONS, model: 'm' });
  if (model === undefined) {
    throw new Error('the model is not listed');
  }
  return model;
}

describe('renderVersions', () => {
  it('shows states, shares, the shadow and why a version is rejected', async () => {
    expect(renderVersions(await only(await repository()), PLAIN).split('\n')).toEqual([
      'version  state         size  published   labels                 metrics',
      '      6  uploaded',
      '      5  rejected',
      '      4  uploading',
      '      3  published  3.00 kB  2026-11-22  canary 5%, shadow 10%  test_error 0.3 +1',
      '      2  published  2.00 kB  2026-11-22  stable, canary 95%     test_error 0.2 +1',
      '      1  retired',
      '',
      'rejected m/5: two models',
    ]);
  });

  it('shows where a rollout is', async () => {
    const store = await repository();
    const rollout = { steps: [5, 100], stepSeconds: 60, bounds: { windowSeconds: 60, minRequests: 1 } };
    await updateIndex(store, (index) =>
      startRollout(index, { model: 'm', at: AT, label: 'stable', candidate: V3, ...rollout }),
    );
    const text = renderVersions(await only(store), PLAIN);
    expect(text).toContain('rollout of stable: 2 -> 3, step 1 of 2, 5 % since 2026-11-22 12:00');
  });

  it('does not let a name write into the terminal', async () => {
    const model = await only(await repository());
    expect(renderVersions({ ...model, name: 'm\u001b[2J' }, PLAIN)).not.toContain('\u001b');
  });
});

describe('renderModels', () => {
  it('shows a line per model, and what servers do not see of it', async () => {
    const models = await listModels(await repository(), { ...OPTIONS, details: false });
    const labels = 'stable 2, canary 2 (95%) 3 (5%), shadow 3';
    const others = '1 uploading, 1 uploaded, 1 rejected, 1 retired';
    expect(renderModels(models, PLAIN).split('\n')).toEqual([
      `model  versions  newest     size  ${'labels'.padEnd(labels.length)}  not served`,
      `m             2       3  5.00 kB  ${labels}  ${others}`,
      `n             0                   ${''.padEnd(labels.length)}  1 uploaded`,
    ]);
  });
});

describe('renderHistory', () => {
  it('shows the newest line first', async () => {
    const { indexed } = await only(await repository());
    expect(renderHistory(indexed, PLAIN).split('\n').slice(0, 3)).toEqual([
      'when              version  event',
      '2026-11-22 12:00        3  shadowed   shadow -> 3, 10 %',
      '2026-11-22 12:00        2  promoted   stable -> 2',
    ]);
    expect(renderHistory(undefined, PLAIN)).toContain('no history');
  });
});

describe('listModels', () => {
  it('asks a store without details for its index and its directories only', async () => {
    const store = await repository();
    const asked: string[] = [];
    store.before = (operation, key) => void asked.push(`${operation} ${key}`);
    await listModels(store, { ...OPTIONS, details: false });
    expect(asked.filter((each) => each.startsWith('get'))).toEqual(['get index.json']);
  });

  it.each([
    ['a directory has published', 'directory'],
    ['a store without an index has published', 'store'],
  ] as const)('says that %s what lies there', async (_, kind) => {
    const store = new MemoryStore();
    await put(store, 'n/1/model.onnx');
    const models = await listModels(store, { ...OPTIONS, kind });
    expect(models[0]?.versions).toMatchObject([{ version: 1, state: 'published' }]);
  });

  it('goes on beside a manifest that is none', async () => {
    const store = await repository();
    await put(store, 'm/3/manifest.json', []);
    expect((await only(store)).versions.find((each) => each.version === 3)).toMatchObject({ state: 'published' });
  });
});

describe('modelToJson', () => {
  it('is JSON with times that programs read', async () => {
    const json = JSON.parse(JSON.stringify(modelToJson(await only(await repository()))));
    expect(json).toMatchObject({
      ...{ model: 'm', labels: { stable: 2, canary: { 2: 19, 3: 1 } }, shadow: { version: 3, percent: 10 } },
      rollout: null,
    });
    expect(json.versions[3]).toMatchObject({ version: 3, published: new Date(AT).toISOString(), bytes: 3000 });
  });
});
