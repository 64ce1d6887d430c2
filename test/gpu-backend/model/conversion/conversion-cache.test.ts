import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, cancelled, unimplemented } from '@tensorfleet/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ConversionCache,
  type ConversionLease,
} from '../../../../gpu-backend/src/model/conversion/conversion-cache.ts';
import { SEAL_NAME } from '../../../../gpu-backend/src/model/conversion/conversion-entry.ts';

const KEYS = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
/** Of what `write` writes, with its seal. */
const ENTRY_BYTES = 1000;

const roots: string[] = [];
afterEach(async () => {
  await Promise.all(roots.splice(0).map((root) => rm(root, { recursive: true, force: true })));
});

async function newRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tensorfleet-cache-'));
  roots.push(root);
  return join(root, 'conversions');
}

const cacheAt = (directory: string, maxBytes = 1e9) => new ConversionCache({ directory, maxBytes, isPrivate: true });

/** A conversion whose text says which it is. */
const write =
  (text: string) =>
  async (output: string): Promise<void> => {
    await writeFile(join(output, 'programs.json'), text);
    await writeFile(join(output, 'weights'), Buffer.alloc(ENTRY_BYTES));
  };

const never = async (): Promise<void> => {
  throw new Error('nothing should be converted');
};

const textOf = (lease: ConversionLease): Promise<string> => readFile(join(lease.directory, 'programs.json'), 'utf8');

describe('ConversionCache', () => {
  it('converts a model once, also for another process', async () => {
    const root = await newRoot();
    await using first = await cacheAt(root).open(KEYS[0], write('first'));
    await using second = await cacheAt(root).open(KEYS[0], never);
    expect([first.reused, second.reused, await textOf(second)]).toEqual([false, true, 'first']);
    expect(await readdir(root)).toEqual([KEYS[0]]);
  });

  it.each([
    ['a file is gone', (entry: string) => rm(join(entry, 'weights'))],
    ['a file is cut', (entry: string) => truncate(join(entry, 'weights'), 10)],
    ['a file was changed', (entry: string) => writeFile(join(entry, 'programs.json'), 'FIRST')],
    ['the seal is gone', (entry: string) => rm(join(entry, SEAL_NAME))],
    ['the seal is not JSON', (entry: string) => writeFile(join(entry, SEAL_NAME), '{')],
    ['the seal lists nothing', (entry: string) => writeFile(join(entry, SEAL_NAME), '{"files":[]}')],
  ])('converts again where %s', async (_what, damage) => {
    const root = await newRoot();
    const first = await cacheAt(root).open(KEYS[0], write('first'));
    await damage(first.directory);
    await using second = await cacheAt(root).open(KEYS[0], write('second'));
    expect([second.reused, await textOf(second)]).toEqual([false, 'second']);
    expect(await readdir(root)).toEqual([KEYS[0]]);
  });

  it('keeps the entry of whoever is first when several convert at once', async () => {
    const root = await newRoot();
    const texts = ['one', 'two', 'three', 'four'];
    const leases = await Promise.all(texts.map((text) => cacheAt(root).open(KEYS[0], write(text))));
    expect(new Set(await Promise.all(leases.map(textOf))).size).toBe(1);
    expect(await readdir(root)).toEqual([KEYS[0]]);
  });

  it('leaves nothing behind after a conversion that fails, and tells its error as it is', async () => {
    const root = await newRoot();
    const refuse = async (output: string): Promise<void> => {
      await writeFile(join(output, 'half'), 'x');
      throw unimplemented('node "n": Foo is not supported', { ops: 'Foo' });
    };
    await expect(cacheAt(root).open(KEYS[0], refuse)).rejects.toMatchObject({
      code: Code.Unimplemented,
      message: 'node "n": Foo is not supported',
      details: { ops: 'Foo' },
    });
    expect(await readdir(root)).toEqual([]);
    await using lease = await cacheAt(root).open(KEYS[0], write('later'));
    expect(lease.reused).toBe(false);
  });

  it('lets the models go that were not loaded for longest, but for those that are open', async () => {
    const root = await newRoot();
    const cache = cacheAt(root, 2.5 * ENTRY_BYTES);
    const open = async (key: string, secondsAgo: number): Promise<ConversionLease> => {
      const lease = await cache.open(key, write(key));
      const time = new Date(Date.now() - secondsAgo * 1000);
      await utimes(join(lease.directory, SEAL_NAME), time, time);
      return lease;
    };
    const oldest = await open(KEYS[0], 300);
    await (await open(KEYS[1], 200))[Symbol.asyncDispose]();
    const newest = await open(KEYS[2], 100);
    expect((await readdir(root)).toSorted()).toEqual([KEYS[0], KEYS[2]]);
    await oldest[Symbol.asyncDispose]();
    await newest[Symbol.asyncDispose]();
    await cacheAt(root, 0).open(KEYS[1], write('last'));
    expect(await readdir(root)).toEqual([KEYS[1]]);
  });

  it('lets an entry go when the last of its leases is returned, where the cache is too small for it', async () => {
    const root = await newRoot();
    const cache = cacheAt(root, 0);
    const leases = [await cache.open(KEYS[0], write('x')), await cache.open(KEYS[0], never)];
    await leases[0]?.[Symbol.asyncDispose]();
    expect(await readdir(root)).toEqual([KEYS[0]]);
    await leases[1]?.[Symbol.asyncDispose]();
    expect(await readdir(root)).toEqual([]);
  });

  it('names the directory and its setting when the disk does not take a model, and cleans up', async () => {
    const root = await newRoot();
    const full = async (output: string): Promise<void> => {
      await writeFile(join(output, 'half'), 'x');
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    await expect(cacheAt(root).open(KEYS[0], full)).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      message: expect.stringMatching(new RegExp(`is full; .* conversion_cache_dir, "${root}"$`)),
    });
    expect(await readdir(root)).toEqual([]);
  });

  it('names them, too, when the directory cannot be made', async () => {
    const root = await newRoot();
    await writeFile(root, 'a file');
    await expect(cacheAt(join(root, 'below')).open(KEYS[0], write('x'))).rejects.toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining(`conversion_cache_dir, "${join(root, 'below')}"`),
    });
  });

  it('passes a cancelled conversion on', async () => {
    const root = await newRoot();
    const stop = async (): Promise<void> => {
      throw cancelled('no longer aspired');
    };
    await expect(cacheAt(root).open(KEYS[0], stop)).rejects.toMatchObject({ code: Code.Cancelled });
    expect(await readdir(root)).toEqual([]);
  });

  it('leaves everything in its directory alone that is no entry', async () => {
    const root = await newRoot();
    await mkdir(join(root, 'mine'), { recursive: true });
    await writeFile(join(root, 'mine', 'file'), Buffer.alloc(2 * ENTRY_BYTES));
    const lease = await cacheAt(root, 0).open(KEYS[0], write('x'));
    await lease[Symbol.asyncDispose]();
    expect((await readdir(root)).toSorted()).toContain('mine');
  });
});
