import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TemporaryRepository } from '../support/model-repository.ts';
import { fp32, named } from '../support/tensors.ts';
import { useServer } from '../support/use-server.ts';
import { predictLog, writeWarmupFile } from '../support/warmup-files.ts';

let repository: TemporaryRepository;
beforeEach(async () => {
  repository = await TemporaryRepository.create();
});
afterEach(() => repository[Symbol.asyncDispose]());

const GOOD = predictLog(named({ x: fp32([2], 1, 2) }));
const WRONG = predictLog(named({ other: fp32([2], 1, 2) }));

interface ListedVersion {
  readonly version: number;
  readonly state: string;
  readonly errorMessage: string;
}

async function versionsOf(rest: string, model: string): Promise<readonly ListedVersion[]> {
  const response = await fetch(`${rest}/v1/models`);
  const { models } = (await response.json()) as { models: { name: string; versions: ListedVersion[] }[] };
  return models.find(({ name }) => name === model)?.versions ?? [];
}

describe('a server', () => {
  it.each([
    ['half_plus_two', GOOD],
    ['identity_fp32', predictLog(named({ x: fp32([2, 1], 1, 2) }))],
  ])('makes %s available after its warm-up requests ran', async (model, log) => {
    await repository.addFixture(model, 'm');
    await writeWarmupFile(join(repository.root, 'm', '1'), [log, log]);
    await using running = await useServer(repository.root, { workers_per_model: 2 });

    expect(await versionsOf(running.rest, 'm')).toMatchObject([{ version: 1, state: 'AVAILABLE' }]);
  });

  it('serves the old version on while the warm-up of the new one fails', async () => {
    await repository.addFixture('half_plus_two', 'm', 1);
    await repository.addFixture('half_plus_two', 'm', 2);
    const path = await writeWarmupFile(join(repository.root, 'm', '2'), [GOOD, WRONG]);
    await using running = await useServer(repository.root, { max_num_load_retries: 0, model_version_policy: 'all' });

    expect(await versionsOf(running.rest, 'm')).toMatchObject([
      { version: 2, state: 'END', errorMessage: expect.stringContaining(`warm-up record 2 of "${path}" failed: `) },
      { version: 1, state: 'AVAILABLE' },
    ]);
  });

  it.each([
    ['failures only warn', { warmup_failure: 'warn' }],
    ['warm-up is off', { enable_model_warmup: false }],
  ])('makes a version available whose requests fail when %s', async (_, settings) => {
    await repository.addFixture('half_plus_two', 'm');
    await writeWarmupFile(join(repository.root, 'm', '1'), [WRONG]);
    await using running = await useServer(repository.root, settings);

    expect(await versionsOf(running.rest, 'm')).toMatchObject([{ state: 'AVAILABLE' }]);
  });
});
