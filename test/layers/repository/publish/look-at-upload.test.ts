import { createHash } from 'node:crypto';
import { StatusError, unavailable, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../../layers/repository/src/format/manifest.ts';
import { formatIndex, parseIndex } from '../../../../layers/repository/src/format/read-index.ts';
import { EMPTY_INDEX, type RepositoryIndex } from '../../../../layers/repository/src/format/repository-index.ts';
import { lookAtUpload, type UploadOutcome } from '../../../../layers/repository/src/publish/look-at-upload.ts';
import { updateIndex } from '../../../../layers/repository/src/publish/update-index.ts';
import { addVersion, retire } from '../../../../layers/repository/src/publish/version-edits.ts';
import { MemoryStore } from '../../../fakes/memory-store.ts';
import { bundleIndexBytes, savedModelBytes } from './protobuf-bytes.ts';

const MODEL = {
  'saved_model.pb': savedModelBytes(),
  'variables/variables.index': bundleIndexBytes(1),
  'variables/variables.data-00000-of-00001': 'weights',
};
const BYTES = Object.values(MODEL).reduce((sum, data) => sum + data.length, 0);
const V7 = version(7);

/** A repository, and someone who looks at one version again and again. */
class World {
  readonly store = new MemoryStore();
  now = 1000;
  #previous: Parameters<typeof lookAtUpload>[0]['previous'];

  async upload(files: Readonly<Record<string, string | Uint8Array>>, prefix = 'm/7/'): Promise<void> {
    for (const [path, data] of Object.entries(files)) {
      await this.store.put(prefix + path, Buffer.from(data));
    }
  }

  async look(waitMs = 10): Promise<UploadOutcome> {
    this.now += waitMs;
    const outcome = await lookAtUpload({
      ...{ store: this.store, model: 'm', version: '7', index: this.index, previous: this.#previous },
      ...{ policy: { settleMs: 10, giveUpMs: 100 }, now: () => this.now },
    });
    this.#previous = outcome.kind === 'waiting' ? outcome.look : undefined;
    return outcome;
  }

  /** Looks until nothing is waited for. */
  async lastLook(): Promise<UploadOutcome> {
    for (;;) {
      const outcome = await this.look();
      if (outcome.kind !== 'waiting') {
        return outcome;
      }
    }
  }

  get index(): RepositoryIndex | undefined {
    const text = this.text('index.json');
    return text === undefined ? undefined : parseIndex(text, 'index.json').index;
  }

  text(key: string): string | undefined {
    const stored = this.store.objects.get(key);
    return stored && Buffer.from(stored.data).toString();
  }

  /** What the index names is there, complete, and what it was digested as. */
  expectSound(): void {
    const named = this.index?.models.get('m')?.versions.get(V7);
    if (named === undefined) {
      return;
    }
    const text = this.text('m/7/manifest.json') ?? '';
    expect(createHash('sha256').update(text).digest('hex')).toBe(named.manifest);
    for (const { path, sha256 } of parseManifest(text, 'manifest.json').files ?? []) {
      expect(
        createHash('sha256')
          .update(this.text(`m/7/${path}`) ?? '')
          .digest('hex'),
      ).toBe(sha256);
    }
  }
}

async function uploaded(files: Readonly<Record<string, string | Uint8Array>> = MODEL): Promise<World> {
  const world = new World();
  await world.upload({ 'index.json': formatIndex(EMPTY_INDEX) }, '');
  await world.upload(files);
  return world;
}

describe('lookAtUpload', () => {
  it('writes manifest and index when two looks agree', async () => {
    const world = await uploaded();
    expect(await world.look()).toMatchObject({ kind: 'waiting', settling: true, lookAt: world.now + 10 });
    expect(world.index).toEqual(EMPTY_INDEX);
    expect(await world.look()).toEqual({ kind: 'published', version: 7, bytes: BYTES });
    expect(world.index?.models.get('m')?.versions.get(V7)).toMatchObject({ bytes: BYTES, publishedAt: world.now });
    world.expectSound();
  });

  it('makes no index for one version, which would hide the others', async () => {
    const world = await uploaded();
    await world.store.delete('index.json');
    await world.look();
    expect(await world.look()).toMatchObject({ kind: 'ready', entry: { model: 'm', version: 7, bytes: BYTES } });
    expect(world.store.objects.has('index.json')).toBe(false);
    expect(world.text('m/7/manifest.json')).toBeDefined();
  });

  it('leaves alone what it has published', async () => {
    const world = await uploaded();
    await world.look();
    await world.look();
    world.store.before = (operation, key) => expect.unreachable(`${operation} ${key}`);
    expect(await world.look()).toEqual({ kind: 'ignored', why: 'indexed' });
  });

  it('says beside the version why it is rejected, once, and takes that back when it is mended', async () => {
    const world = await uploaded({ ...MODEL, 'model.onnx': 'x' });
    await world.look();
    expect(await world.look()).toMatchObject({ kind: 'rejected' });
    expect(JSON.parse(world.text('m/7/rejected.json') ?? '')).toMatchObject({
      format: 1,
      reason: 'it holds several models, model.onnx and saved_model.pb, a version is one',
      rejected: '1970-01-01T00:00:01.020Z',
    });
    const { etag } = (await world.store.head('m/7/rejected.json')) ?? {};
    expect(await world.look()).toMatchObject({ kind: 'rejected' });
    expect((await world.store.head('m/7/rejected.json'))?.etag).toBe(etag);
    await world.store.delete('m/7/model.onnx');
    expect(await world.look()).toMatchObject({ kind: 'waiting' });
    expect(await world.look()).toMatchObject({ kind: 'published' });
    expect(world.text('m/7/rejected.json')).toBeUndefined();
    world.expectSound();
  });

  it('does not read what tells its digest itself', async () => {
    const world = await uploaded({ 'model.tflite': 'x' });
    const sha256 = createHash('sha256').update('x').digest('hex');
    const { etag } = (await world.store.head('m/7/model.tflite')) ?? { etag: '' };
    world.store.objects.set('m/7/model.tflite', { data: Buffer.from('x'), etag, sha256 });
    world.store.before = (operation, key) => {
      expect(operation === 'read' ? key : '').toBe('');
    };
    await world.look();
    expect(await world.look()).toMatchObject({ kind: 'published' });
  });

  it.each(['read', 'put'] as const)('starts again when a file changes under a %s', async (during) => {
    const world = await uploaded();
    await world.look();
    let changes = 1;
    world.store.before = async (operation) => {
      if (operation === during && changes-- > 0) {
        await world.upload({ 'variables/variables.data-00000-of-00001': 'other' });
      }
    };
    expect(await world.look()).toMatchObject({ kind: 'waiting', settling: true });
    expect(world.text('m/7/manifest.json')).toBeUndefined();
    expect(world.index).toEqual(EMPTY_INDEX);
    expect(await world.lastLook()).toMatchObject({ kind: 'published' });
    world.expectSound();
  });

  it('leaves a version to a publisher that claims it meanwhile', async () => {
    const world = await uploaded();
    await world.look();
    world.store.before = async (operation, key) => {
      if (operation === 'put' && key === 'm/7/manifest.json') {
        world.store.before = () => undefined;
        await world.upload({ '.publishing.json': '{}' });
      }
    };
    expect(await world.look()).toMatchObject({ kind: 'waiting' });
    expect(world.text('m/7/manifest.json')).toBeUndefined();
    expect(await world.look()).toEqual({ kind: 'ignored', why: 'claimed' });
  });

  it.each([
    ['retired', (index: RepositoryIndex) => retire(index, { model: 'm', version: V7, at: 1, unlisted: true })],
    [
      'indexed',
      (index: RepositoryIndex) =>
        addVersion(index, { model: 'm', version: V7, manifest: 'a'.repeat(64), bytes: 1, at: 1 }),
    ],
  ])('does not touch the index when the version is %s meanwhile', async (why, change) => {
    const world = await uploaded();
    await world.look();
    world.store.before = async (operation, key) => {
      if (operation === 'put' && key === 'm/7/manifest.json') {
        world.store.before = () => undefined;
        await updateIndex(world.store, change);
      }
    };
    expect(await world.look()).toEqual({ kind: 'ignored', why });
    expect(world.index).toEqual(change(EMPTY_INDEX));
  });

  it('is finished by the next looks when it was killed before any step', async () => {
    const steps = await countSteps(await uploaded());
    expect(steps).toBeGreaterThan(10);
    for (let killedAt = 0; killedAt < steps; killedAt++) {
      const world = await uploaded({ ...MODEL, 'rejected.json': '{}' });
      await world.look();
      killAt(world, killedAt);
      await expect(world.look()).rejects.toThrow('killed');
      world.expectSound();
      world.store.before = () => undefined;
      await world.look();
      await world.look();
      expect(world.index?.models.get('m')?.versions.has(V7)).toBe(true);
      expect(world.text('m/7/rejected.json')).toBeUndefined();
      world.expectSound();
    }
  });

  it('publishes once when several look at the same time', async () => {
    const world = await uploaded();
    await world.look();
    const outcomes = await Promise.all([world.look(), world.look(), world.look()]);
    expect(outcomes.map(({ kind }) => kind)).toContain('published');
    expect(world.index?.models.get('m')?.history).toHaveLength(1);
    world.expectSound();
  });

  it('rejects with what the store says', async () => {
    const world = await uploaded();
    world.store.before = () => {
      throw unavailable('slow down');
    };
    await expect(world.look()).rejects.toThrow(StatusError);
  });
});

function killAt(world: World, step: number): void {
  let count = 0;
  world.store.before = () => {
    if (count++ >= step) {
      throw unavailable('killed');
    }
  };
}

async function countSteps(world: World): Promise<number> {
  await world.upload({ 'rejected.json': '{}' });
  await world.look();
  let count = 0;
  world.store.before = () => void count++;
  expect(await world.look()).toMatchObject({ kind: 'published' });
  return count;
}
