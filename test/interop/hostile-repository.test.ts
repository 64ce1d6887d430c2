import { createHash } from 'node:crypto';
import type { ObjectStore } from '@tensorfleet/repository';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DigitLoad } from '../support/digit-load.ts';
import { mnistDirectory } from '../support/model-repository.ts';
import { World } from './publishing-world.ts';
import { installVersitygw } from './store-servers.ts';

// What somebody who can write into a bucket may do to a server that follows it.
const installed = await installVersitygw();

const FILE = { path: 'model.onnx', bytes: 4, sha256: 'a'.repeat(64) };

/** A manifest and the bytes that the index says it lists. */
interface Hostile {
  readonly manifest: string;
  readonly bytes: number;
  readonly says: RegExp;
}

const MANIFESTS: Readonly<Record<string, Hostile>> = {
  huge: { manifest: listing([FILE]) + ' '.repeat(17 * 1024 * 1024), bytes: 4, says: /at most 16777216 are read/ },
  outside: {
    manifest: listing([FILE, { ...FILE, path: '../../mnist/1/model.onnx' }]),
    bytes: 8,
    says: /must be a relative path inside/,
  },
  many: {
    manifest: listing([FILE, ...Array.from({ length: 10_000 }, (_, each) => ({ ...FILE, path: `f${each}` }))]),
    bytes: 40_004,
    says: /files is a list of 10001/,
  },
  petabytes: { manifest: listing([{ ...FILE, bytes: 4e15 }]), bytes: 4e15, says: /needs 4000000000000000 more/ },
  deep: {
    manifest: listing([FILE, { ...FILE, path: `${'a/'.repeat(2_000)}b` }]),
    bytes: 8,
    says: /must be a relative path inside/,
  },
  garbled: { manifest: '{"format":1,"files":[{', bytes: 4, says: /JSON/ },
};

/** What the index says of a model, and what is said of that. */
const MODELS: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  garbage: [{ versions: 'many', labels: [1] }, /models are wrong.*model ."garbage.": /],
  'no model': ['a model', /models are wrong.*model ."no model.": /],
};

function listing(files: readonly object[]): string {
  return JSON.stringify({ format: 1, files });
}

describe.skipIf('missing' in installed)(
  `a server of a hostile repository on S3 ${'missing' in installed ? installed.missing : ''}`,
  { timeout: 30_000 },
  () => {
    let world: World;
    let load: DigitLoad;

    beforeAll(async () => {
      if ('start' in installed) {
        world = await World.create(installed.start);
        await world.done('publish', mnistDirectory(1), world.model);
        load = await DigitLoad.start(`${await world.serve()}/v1/models/mnist:predict`, 20);
        await makeHostile(await world.openStore());
      }
    });
    afterAll(async () => {
      await load?.[Symbol.asyncDispose]();
      await world?.[Symbol.asyncDispose]();
    });

    it.each(Object.entries(MANIFESTS))('leaves out the model "%s", and says why', async (name, { says }) => {
      await world.logged(new RegExp(`version 1 of model ."${name}." is left out: .*${says.source}`));
    });

    it.each(Object.entries(MODELS))('leaves out the model "%s" of the index, and says why', async (_, [, says]) => {
      await world.logged(says);
    });

    it('answers for another model throughout', async () => {
      await load.next(10);
      expect(load.failures).toEqual([]);
    });
  },
);

/** Adds all these models to the repository. */
async function makeHostile(store: ObjectStore): Promise<void> {
  const entries: [string, unknown][] = Object.entries(MODELS).map(([name, [model]]) => [name, model]);
  for (const [name, { manifest, bytes }] of Object.entries(MANIFESTS)) {
    const data = new TextEncoder().encode(manifest);
    await store.put(`${name}/1/manifest.json`, data);
    const digest = createHash('sha256').update(data).digest('hex');
    entries.push([name, { versions: { 1: { manifest: digest, bytes, published: '2026-01-01T00:00:00Z' } } }]);
  }
  const index = await store.get('index.json', { maxBytes: 1e6 });
  const { models, ...others } = JSON.parse(index.kind === 'found' ? Buffer.from(index.data).toString() : '{}');
  const text = JSON.stringify({ ...others, models: { ...models, ...Object.fromEntries(entries) } });
  await store.put('index.json', new TextEncoder().encode(text));
}
