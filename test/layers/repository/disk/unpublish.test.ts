import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpublishVersion } from '../../../../layers/repository/src/disk/unpublish.ts';
import { type TemporaryRepository, temporaryRepository } from '../../../gpu-backend/repository/temporary-repository.ts';

describe('unpublishVersion', () => {
  let disk: TemporaryRepository;
  beforeEach(async () => {
    disk = await temporaryRepository();
    await disk.publish('m/1');
    await disk.publish('m/3');
  });
  afterEach(async () => {
    await disk[Symbol.asyncDispose]();
  });

  it('removes the version and nothing else', async () => {
    await unpublishVersion({ root: disk.root, model: 'm', version: 3 });
    expect((await disk.repository.scan('m')).complete.map((found) => found.version)).toEqual([1]);
    expect(await readdir(join(disk.root, 'm'))).toEqual(['1']);
  });

  it('removes every directory of that number', async () => {
    await disk.publish('m/003');
    await unpublishVersion({ root: disk.root, model: 'm', version: 3 });
    expect(await readdir(join(disk.root, 'm'))).toEqual(['1']);
  });

  it.each([
    ['m', 2, 'model "m" has no version 2'],
    ['other', 1, 'does not exist'],
  ])('throws NOT_FOUND for model %s version %d', async (model, version, problem) => {
    await expect(unpublishVersion({ root: disk.root, model, version })).rejects.toMatchObject({
      code: Code.NotFound,
      message: expect.stringContaining(problem),
    });
  });

  it.each(['..', 'a/b', '.m'])('throws INVALID_ARGUMENT for the model name %j', async (model) => {
    await expect(unpublishVersion({ root: disk.root, model, version: 1 })).rejects.toMatchObject({
      code: Code.InvalidArgument,
    });
  });
});
