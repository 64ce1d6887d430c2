import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileKeyStore } from '../../../scripts/src/keys/file-key-store.ts';
import { makeKey } from '../../../scripts/src/keys/key-edits.ts';
import { describeKeyStore } from '../../contract/key-store.contract.ts';

const { key, record } = makeKey({ name: 'tests', scopes: [{ models: ['*'], actions: ['read'] }] }, new Date(0));

describe('createFileKeyStore', () => {
  describeKeyStore(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tensorfleet-keys-'));
    return {
      store: createFileKeyStore(join(folder, 'keys.json')),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
    };
  });

  describe('its file', () => {
    let folder: string;
    let path: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tensorfleet-keys-'));
      path = join(folder, 'keys.json');
    });
    afterEach(async () => {
      await rm(folder, { recursive: true });
    });

    it('is its owner`s alone, has no secret in it, and nothing beside it', async () => {
      await createFileKeyStore(path).add(record);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readFile(path, 'utf8')).not.toContain(key.secret);
      expect(await readdir(folder)).toEqual(['keys.json']);
    });

    it('stays as it is when somebody holds the lock, or when it is broken', async () => {
      await writeFile(`${path}.lock`, '');
      const add = () => createFileKeyStore(path).add(record);
      await expect(add()).rejects.toMatchObject({
        code: Code.FailedPrecondition,
        message: expect.stringContaining('.lock'),
      });
      await rm(`${path}.lock`);
      await writeFile(path, '{"version": 1, "keys": [');
      await expect(add()).rejects.toMatchObject({ code: Code.InvalidArgument });
      expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual([
        '{"version": 1, "keys": [',
        ['keys.json'],
      ]);
    });

    it('that cannot be written is named', async () => {
      const inNoFolder = join(folder, 'none', 'keys.json');
      await expect(createFileKeyStore(inNoFolder).add(record)).rejects.toMatchObject({
        code: Code.NotFound,
        message: expect.stringContaining('none'),
      });
    });
  });
});
