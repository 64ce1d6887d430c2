import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfigFile, resolveServerConfig } from '../../gpu-backend/src/config.ts';

describe('resolveServerConfig', () => {
  it('fills in the defaults, and the last setting wins', () => {
    const config = resolveServerConfig({ model_repository: '/m', port: 1 }, { port: '9000' });
    expect(config).toMatchObject({
      port: 9000,
      rest_api_port: 8501,
      model_repository: '/m',
      drain_timeout_seconds: 20,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reports all problems at once, with key and bound', () => {
    const settings = { model_repository: '/m', port: 70_000, num_load_threads: 0, no_such_key: 1 };
    expect(() => resolveServerConfig(settings)).toThrow(
      expect.objectContaining({
        code: Code.InvalidArgument,
        message: expect.stringMatching(/port: .*65535.*num_load_threads: .*1.*no_such_key/s),
      }),
    );
  });

  it('reads a version policy', () => {
    const config = resolveServerConfig({ model_repository: '/m', model_version_policy: 'latest:2' });
    expect(config.model_version_policy).toEqual({ kind: 'latest', count: 2 });
  });

  it.each([
    {
      name: 'a version policy that is none',
      settings: { model_repository: '/a', model_version_policy: 'x' },
      text: '"x"',
    },
    { name: 'no place for models', settings: {}, text: 'model_repository or model_base_path' },
    { name: 'two places', settings: { model_repository: '/a', model_base_path: '/b' }, text: 'either' },
    { name: 'no port', settings: { model_repository: '/a', port: 0, rest_api_port: 0 }, text: 'listen nowhere' },
    { name: 'one port twice', settings: { model_repository: '/a', port: 1, rest_api_port: 1 }, text: 'both 1' },
  ])('refuses $name', ({ settings, text }) => {
    expect(() => resolveServerConfig(settings)).toThrow(text);
  });
});

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
