import { appendFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversionKey } from '../../../../gpu-backend/src/model/conversion/conversion-key.ts';
import { copyOfTfjsModel } from '../../../support/tfjs-models.ts';

const FACTS = { converter: '1', tags: ['serve'] };

const keyOf = (directory: string, { converter, tags } = FACTS): Promise<string> =>
  conversionKey({ format: 'saved_model', directory, tags }, converter);

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tensorfleet-key-'));
  await writeModel(join(root, 'original'));
});
afterAll(() => rm(root, { recursive: true }));

async function writeModel(directory: string): Promise<void> {
  await mkdir(join(directory, 'variables'), { recursive: true });
  await mkdir(join(directory, 'assets', 'deep'), { recursive: true });
  await writeFile(join(directory, 'saved_model.pb'), 'graph');
  await writeFile(join(directory, 'fingerprint.pb'), 'print');
  await writeFile(join(directory, 'variables/variables.index'), 'checksums');
  await writeFile(join(directory, 'variables/variables.data-00000-of-00001'), 'weights');
  await writeFile(join(directory, 'assets/deep/words.txt'), 'a b c');
}

async function keyAfter(change: (directory: string) => Promise<unknown>, facts = FACTS): Promise<boolean> {
  const directory = join(root, `copy-${count++}`);
  await cp(join(root, 'original'), directory, { recursive: true });
  await change(directory);
  return (await keyOf(directory, facts)) === (await keyOf(join(root, 'original')));
}

describe('conversionKey', () => {
  it.each<[string, (directory: string) => Promise<unknown>]>([
    ['a copy', async () => undefined],
    ['a manifest', (directory) => writeFile(join(directory, 'manifest.json'), '{}')],
    ['warm-up records', (directory) => mkdir(join(directory, 'assets.extra'))],
  ])('stays the same with %s', async (_what, change) => {
    expect(await keyAfter(change)).toBe(true);
  });

  it.each<[string, (directory: string) => Promise<unknown>]>([
    ['graph', (directory) => writeFile(join(directory, 'saved_model.pb'), 'GRAPH')],
    ['fingerprint', (directory) => writeFile(join(directory, 'fingerprint.pb'), 'PRINT')],
    ['checksums of the weights', (directory) => writeFile(join(directory, 'variables/variables.index'), 'CHECKSUMS')],
    ['size of the weights', (directory) => writeFile(join(directory, 'variables/variables.data-00000-of-00001'), '')],
    ['assets', (directory) => writeFile(join(directory, 'assets/deep/words.txt'), 'a b d')],
    ["assets' names", (directory) => rename(join(directory, 'assets/deep'), join(directory, 'assets/flat'))],
    ['encoding', (directory) => rename(join(directory, 'saved_model.pb'), join(directory, 'saved_model.pbtxt'))],
  ])('is another one for another %s', async (_what, change) => {
    expect(await keyAfter(change)).toBe(false);
  });

  it.each([
    ['converter', { ...FACTS, converter: '2' }],
    ['tags', { ...FACTS, tags: ['serve', 'gpu'] }],
  ])('is another one for another %s', async (_what, facts) => {
    expect(await keyAfter(async () => undefined, facts)).toBe(false);
  });

  it('answers NOT_FOUND without the directory', async () => {
    await expect(keyOf(join(root, 'nowhere'))).rejects.toMatchObject({ code: Code.NotFound });
  });
});

describe('conversionKey of a TensorFlow.js model', () => {
  const keyOfTfjs = (directory: string): Promise<string> => conversionKey({ format: 'tfjs', directory }, '1');

  async function isSameAfter(change: (directory: string) => Promise<unknown>): Promise<boolean> {
    await using copy = await copyOfTfjsModel('fused_conv');
    const before = await keyOfTfjs(copy.directory);
    await change(copy.directory);
    return (await keyOfTfjs(copy.directory)) === before;
  }

  it.each<[string, (directory: string) => Promise<unknown>]>([
    ['a manifest', (directory) => writeFile(join(directory, 'manifest.json'), '{}')],
    [
      'warm-up records',
      async (directory) => {
        await mkdir(join(directory, 'assets.extra'));
        await writeFile(join(directory, 'assets.extra/tf_serving_warmup_requests'), 'x');
      },
    ],
  ])('stays the same with %s', async (_what, change) => {
    expect(await isSameAfter(change)).toBe(true);
  });

  it.each<[string, (directory: string) => Promise<unknown>]>([
    ['graph', (directory) => appendFile(join(directory, 'model.json'), ' ')],
    [
      'weight',
      async (directory) => {
        const path = join(directory, 'group1-shard4of4.bin');
        const bytes = await readFile(path);
        await writeFile(path, bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1));
      },
    ],
  ])('is another one for another %s', async (_what, change) => {
    expect(await isSameAfter(change)).toBe(false);
  });
});
