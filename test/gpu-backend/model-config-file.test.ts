import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, unavailable } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelConfigFile } from '../../gpu-backend/src/model-config-file.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { silentLog } from '../support/silent-log.ts';
import { type TemporaryRepository, temporaryRepository } from './repository/temporary-repository.ts';

const TEXT = 'model_config_list { config { name: "m" base_path: "/m" model_platform: "tensorflow" } }';

/** A model set that only remembers, or fails. */
class FakeModelSet {
  readonly reloads: string[] = [];
  labelsArePending = false;
  error: Error | undefined;

  async reload(config: { readonly kind: string; readonly models?: readonly { readonly name: string }[] }) {
    this.reloads.push(config.models?.map(({ name }) => name).join() ?? config.kind);
    if (this.error !== undefined) {
      throw this.error;
    }
  }
}

let disk: TemporaryRepository;
let path: string;

beforeEach(async () => {
  disk = await temporaryRepository();
  path = join(disk.root, 'models.config');
});

afterEach(async () => {
  await disk[Symbol.asyncDispose]();
});

/** A file that is read for the first time, and then followed with an interval of a second. */
async function follow(text = TEXT, intervalMs = 1_000) {
  await writeFile(path, text);
  const clock = new FakeClock();
  const log = silentLog();
  const set = new FakeModelSet();
  const file = new ModelConfigFile({ path, intervalMs, clock, log });
  await file.read();
  file.follow(set);
  if (intervalMs > 0) {
    await file.lookNow(); // the one that begins at once
  }
  const poll = (): Promise<void> => file.lookNow();
  return { file, set, clock, poll, said: () => log.lines.map(({ level, text: line }) => `${level} ${line}`) };
}

describe('ModelConfigFile', () => {
  it('is applied when it has changed, and only then', async () => {
    const { file, set, poll } = await follow();
    await poll();
    expect(set.reloads).toEqual([]);
    await writeFile(path, TEXT.replaceAll('"m"', '"n"'));
    await poll();
    await poll();
    expect(set.reloads).toEqual(['n']);
    await file[Symbol.asyncDispose]();
  });

  it.each([
    ['an interval after each look', 1_000, 1],
    ['no more when the interval is 0: testModelConfigReloadWithZeroPollPeriod', 0, 0],
  ])('is looked at %s', async (_, intervalMs, timers) => {
    const { file, clock } = await follow(TEXT, intervalMs);
    expect(clock.armed).toBe(timers);
    await file[Symbol.asyncDispose]();
    expect(clock.armed).toBe(0);
  });

  it('is applied again while labels wait for their versions, and after a reload that ran out of time', async () => {
    const { file, set, poll } = await follow();
    set.labelsArePending = true;
    await poll();
    set.labelsArePending = false;
    await poll();
    expect(set.reloads).toEqual(['m']);
    set.error = unavailable('still loads m');
    await writeFile(path, `${TEXT} `);
    await poll();
    set.error = undefined;
    await poll();
    await poll();
    expect(set.reloads).toEqual(['m', 'm', 'm']);
    await file[Symbol.asyncDispose]();
  });

  it.each([
    [
      'is no text format',
      'model_config_list {',
      'Error parsing text-format tensorflow.serving.ModelServerConfig: 1:20',
    ],
    ['is gone', undefined, 'Failed to read ModelServerConfig file: "'],
  ])(
    'changes nothing and is logged once when it %s, and is applied when it is good again',
    async (_, text, problem) => {
      const { file, set, poll, said } = await follow();
      await (text === undefined ? rm(path) : writeFile(path, text));
      await poll();
      await poll();
      expect(said()).toEqual([
        expect.stringContaining(`error PollFilesystemAndReloadConfig failed to ReloadConfig: ${problem}`),
      ]);
      await writeFile(path, TEXT.replaceAll('"m"', '"n"'));
      await poll();
      expect(set.reloads).toEqual(['n']);
      await file[Symbol.asyncDispose]();
    },
  );

  it('must be there and be good at the start', async () => {
    const file = new ModelConfigFile({ path, intervalMs: 0, clock: new FakeClock(), log: silentLog() });
    await expect(file.read()).rejects.toMatchObject({
      code: Code.NotFound,
      message: `Failed to read ModelServerConfig file: "${path}" does not exist`,
    });
    await writeFile(path, 'model_config_list { config { nam: "m" } }');
    await expect(file.read()).rejects.toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringMatching(/^Error parsing text-format tensorflow\.serving\.ModelServerConfig: 1:30: /),
    });
  });
});
