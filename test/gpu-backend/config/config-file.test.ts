import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../gpu-backend/src/config/config-file.ts';

describe('readConfigFile', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tensorfleet-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    { name: 'settings', text: 'port: 9000\nmodel_name: m\n', expected: { port: 9000, model_name: 'm' } },
    { name: 'nothing', text: '# nothing\n', expected: {} },
  ])('reads $name', async ({ text, expected }) => {
    const path = join(folder, 'good.yaml');
    await writeFile(path, text);
    await expect(readConfigFile(path)).resolves.toEqual(expected);
  });

  it.each([
    { name: 'broken YAML', text: 'port: [1\n', expected: /is not YAML: .*line 2/ },
    { name: 'a list', text: '- 1\n', expected: /must hold key: value lines/ },
  ])('refuses $name with the path', async ({ text, expected }) => {
    const path = join(folder, 'bad.yaml');
    await writeFile(path, text);
    await expect(readConfigFile(path)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringMatching(expected),
    });
    await expect(readConfigFile(path)).rejects.toThrow(path);
  });

  it('names a file that is not there', async () => {
    await expect(readConfigFile(join(folder, 'none.yaml'))).rejects.toMatchObject({ code: Code.NotFound });
  });
});
