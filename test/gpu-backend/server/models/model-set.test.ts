import { dataLoss, version } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelStatus } from '../../../../gpu-backend/src/server/model-info.ts';
import { listOf } from '../model-configs-of.ts';
import { ModelSetUnderTest } from '../model-set-under-test.ts';

let at: ModelSetUnderTest;

beforeEach(async () => {
  at = await ModelSetUnderTest.create();
});

afterEach(async () => {
  await at[Symbol.asyncDispose]();
});

async function serve(...models: readonly string[]): Promise<void> {
  await Promise.all(models.map((model) => at.disk.publish(`${model}/1`)));
  at.set.start(listOf(...models.map((model) => at.model(model))));
  await at.repository.idle();
}

const states = (model: string): string =>
  modelStatus(at.core, { name: model })
    .map((status) => `${status.version} ${status.state}`)
    .join();

describe('ModelSet.reload', () => {
  it('waits until a new model is available: ReloadConfigWaitsTillModelsAvailable', async () => {
    await serve('m');
    await at.disk.publish('n/1');
    at.hold('n/1');
    const reload = at.set.reload(listOf(at.model('m'), at.model('n')), new AbortController().signal);
    expect(await at.outcome(reload)).toBe('waiting');
    await at.release('n/1');
    expect(await at.outcome(reload)).toBe('ok');
    expect(at.answer({ name: 'n' })).toBe('n:1 in n/1');
  });

  it('unloads a model that is left out, which then is in state END: ReloadConfigUnloadsModels', async () => {
    await serve('m', 'n');
    expect(await at.reload(listOf(at.model('n')))).toBe('ok');
    expect(at.answer()).toBe('NOT_FOUND: Servable not found for request: Latest(m)');
    expect([states('m'), at.core.configuredModels()]).toEqual(['1 END', ['n']]);
  });

  it('says how requests are logged: RequestLoggingOff, RequestLoggingOn', async () => {
    const logging = { collector: { type: 'file', filenamePrefix: '/logs/m' }, samplingRate: 0.5 };
    await serve('m');
    expect(at.requestLogs).toEqual([new Map()]);
    expect(await at.reload(listOf(at.model('m', { logging })))).toBe('ok');
    expect(at.requestLogs.at(-1)).toEqual(new Map([['m', { prefix: '/logs/m', rate: 0.5 }]]));
    expect(await at.reload(listOf(at.model('m')))).toBe('ok');
    expect(at.requestLogs.at(-1)).toEqual(new Map());
  });

  it('unloads everything for an empty list', async () => {
    await serve('m', 'n');
    expect(await at.reload(listOf())).toBe('ok');
    expect([at.manager.list(), at.core.configuredModels()]).toEqual([[], []]);
  });

  it('loads a model that was unloaded before: ReloadConfigHandlesLoadingAPreviouslyUnloadedModel', async () => {
    await serve('m');
    await at.reload(listOf());
    expect(await at.reload(listOf(at.model('m')))).toBe('ok');
    expect(at.answer()).toBe('m:1 in m/1');
  });

  it('loads a model from its new base path, serving from the old one until then: ReloadConfigChangeModelBasePath', async () => {
    await serve('m');
    await at.disk.publish('other/1');
    at.hold('other/1');
    const reload = at.set.reload(listOf(at.model('m', {}, 'other')), new AbortController().signal);
    expect([await at.outcome(reload), at.answer({ v: 1 })]).toEqual(['waiting', 'm:1 in m/1']);
    await at.release('other/1');
    expect([await at.outcome(reload), at.answer({ v: 1 })]).toEqual(['ok', 'm:1 in other/1']);
  });

  it('goes on serving a model from its old base path when nothing is at the new one', async () => {
    await serve('m');
    expect(await at.reload(listOf(at.model('m', {}, 'nowhere')))).toBe(
      `UNKNOWN: 1 model(s) did not become available: {{{name: m} due to error: NOT_FOUND: model "m" has no directory "${at.disk.root}/nowhere"}, }`,
    );
    expect(at.answer()).toBe('m:1 in m/1');
  });

  it('tells which models do not load, and serves the others: ErroringModel', async () => {
    await serve('m');
    await at.disk.publish('bad/7');
    await at.disk.publish('n/1');
    at.break('bad/7', dataLoss('the weights are cut off'));
    expect(await at.reload(listOf(at.model('m'), at.model('bad'), at.model('n')))).toBe(
      'UNKNOWN: 1 model(s) did not become available: {{{name: bad version: 7} due to error: DATA_LOSS: the weights are cut off}, }',
    );
    expect([at.answer(), at.answer({ name: 'n' })]).toEqual(['m:1 in m/1', 'n:1 in n/1']);
    expect(at.core.configuredModels()).toEqual(['bad', 'm', 'n']);
  });

  it('says so at once when a new model has no directory or no version, and serves it when it has', async () => {
    await serve('m');
    await at.disk.write('empty/notes', 'x');
    expect(await at.reload(listOf(at.model('m'), at.model('empty')))).toBe(
      'UNKNOWN: 1 model(s) did not become available: {{{name: empty} due to error: NOT_FOUND: model "empty" has no version that its policy wants}, }',
    );
    await at.disk.publish('empty/1');
    at.clock.advance(1_000);
    await at.repository.idle();
    expect(at.answer({ name: 'empty' })).toBe('empty:1 in empty/1');
  });

  it('is content with one version of a model of which another fails', async () => {
    await serve('m');
    await at.disk.publish('n/1');
    await at.disk.publish('n/2');
    at.break('n/2', dataLoss('broken'));
    expect(await at.reload(listOf(at.model('n', { versionPolicy: { kind: 'all' } })))).toBe('ok');
  });

  it('gives up after its time, names what still loads, and lets it load on', async () => {
    await serve('m');
    await at.disk.publish('n/1');
    at.hold('n/1');
    const reload = at.set.reload(listOf(at.model('m'), at.model('n')), new AbortController().signal);
    await at.outcome(reload);
    at.clock.advance(10_000);
    expect(await at.outcome(reload)).toBe(
      'UNAVAILABLE: the configuration is applied, but after 10 seconds it still loads n',
    );
    await at.release('n/1');
    expect(at.answer({ name: 'n' })).toBe('n:1 in n/1');
  });

  it('ends with its caller, and what it applied stays', async () => {
    await serve('m');
    await at.disk.publish('n/1');
    at.hold('n/1');
    const caller = new AbortController();
    const reload = at.set.reload(listOf(at.model('n')), caller.signal);
    await at.outcome(reload);
    caller.abort(dataLoss('gone'));
    expect(await at.outcome(reload)).toBe('DATA_LOSS: gone');
    expect(at.core.configuredModels()).toEqual(['n']);
  });

  it('changes nothing for a configuration that is not valid', async () => {
    await serve('m');
    expect(await at.reload(listOf(at.model('n'), at.model('n')))).toMatch(/^INVALID_ARGUMENT: Illegal to list model n/);
    expect([at.answer(), at.core.configuredModels()]).toEqual(['m:1 in m/1', ['m']]);
  });

  it('takes turns with other reloads', async () => {
    await serve('m');
    await at.disk.publish('n/1');
    at.hold('n/1');
    const first = at.set.reload(listOf(at.model('n')), new AbortController().signal);
    const second = at.set.reload(listOf(at.model('m')), new AbortController().signal);
    expect([await at.outcome(first), at.core.configuredModels()]).toEqual(['waiting', ['n']]);
    await at.release('n/1');
    expect([await at.outcome(first), await at.outcome(second)]).toEqual(['ok', 'ok']);
    expect(at.core.configuredModels()).toEqual(['m']);
  });
});

describe('ModelSet.close', () => {
  it('ends the reload that waits and refuses others', async () => {
    await serve('m');
    await at.disk.publish('n/1');
    at.hold('n/1');
    const reload = at.set.reload(listOf(at.model('n')), new AbortController().signal);
    await at.outcome(reload);
    at.set.close();
    expect([await at.outcome(reload), await at.reload(listOf(at.model('m')))]).toEqual([
      'UNAVAILABLE: the server is shutting down',
      'UNAVAILABLE: the server is shutting down',
    ]);
  });
});

describe('ModelSet.start', () => {
  it('serves nothing for an empty configuration, and takes a list later', async () => {
    await at.disk.publish('m/1');
    at.set.start({ kind: 'empty' });
    expect([await at.reload({ kind: 'empty' }), await at.reload({ kind: 'empty' })]).toEqual(['ok', 'ok']);
    expect(at.core.configuredModels()).toEqual([]);
    expect(await at.reload(listOf(at.model('m')))).toBe('ok');
  });

  it('serves the good models whatever the others are', async () => {
    await at.disk.publish('m/1');
    await at.disk.publish('bad/1');
    at.break('bad/1', dataLoss('broken'));
    at.set.start(listOf(at.model('bad'), at.model('missing'), at.model('m')));
    await at.repository.idle();
    expect(at.answer()).toBe('m:1 in m/1');
  });

  it('has its labels in force as soon as their versions are loaded', async () => {
    await at.disk.publish('m/1');
    at.hold('m/1');
    at.set.start(listOf(at.model('m', { versionLabels: new Map([['stable', version(1)]]) })));
    await at.repository.idle();
    const answer = () => at.answer({ versionLabel: 'stable' });
    expect(answer()).toBe('NOT_FOUND: Servable not found for request: Specific(m, 1)');
    await at.release('m/1');
    expect(answer()).toBe('m:1 in m/1');
  });
});
