import { dataLoss, version } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { latest, specific } from '../../../../gpu-backend/src/repository/servable-version-policy.ts';
import { readiness } from '../../../../gpu-backend/src/server/health.ts';
import { listModels } from '../../../../gpu-backend/src/server/model-info.ts';
import { labelShares, pendingLabels } from '../../../../gpu-backend/src/server/models/model-readings.ts';
import { RoutedModels } from './routed-models.ts';

let at: RoutedModels;

beforeEach(() => {
  at = new RoutedModels({ policy: latest(2) });
});

afterEach(async () => {
  await at[Symbol.asyncDispose]();
});

describe('labels of a repository', () => {
  it('stand for their new version when it is loaded, and for the old one until then', async () => {
    await at.publish([1], { stable: 1 });
    await at.loaded(1);
    await at.publish([1, 2], { stable: 2 });
    expect([at.answer('stable'), at.answer()]).toEqual([1, 1]);
    await at.loaded(2);
    expect([at.answer('stable'), at.answer()]).toEqual([2, 2]);
    expect(at.logged).toEqual([
      'info: label "stable" of model "m" goes from nothing to 1',
      'info: label "stable" of model "m" goes from 1 to 2',
    ]);
  });

  it('keep the version loaded that they stand for, though the repository has it no more, until they move on', async () => {
    await at.publish([1], { stable: 1 });
    await at.loaded(1);
    await at.publish([2, 3], { stable: 3 });
    await at.loaded(2);
    await at.look();
    expect([at.served, at.answer()]).toEqual([[1, 2], 1]);
    await at.loaded(3);
    expect(at.answer()).toBe(3);
    await at.look();
    expect(at.served).toEqual([2, 3]);
  });

  it('let requests finish on the version that they leave', async () => {
    await at.publish([1], { stable: 1 });
    await at.loaded(1);
    const running = at.acquire();
    await at.publish([2], { stable: 2 });
    await at.loaded(2);
    await at.look();
    expect([at.answer(), at.served]).toEqual([2, [2]]);
    expect(at.monitor.states('m').get(version(1))?.state).toBe('unloading');
    running[Symbol.dispose]();
    await at.look();
    expect(at.monitor.states('m').get(version(1))?.state).toBe('end');
  });

  it('stay with the old version where the new one fails, which is told once and shown', async () => {
    await at.publish([1], { stable: 1 });
    await at.loaded(1);
    await at.publish([1, 2], { stable: 1, canary: { 1: 95, 2: 5 } });
    expect(listModels(at.core)[0]?.pendingLabels).toEqual({ canary: { target: { 1: 95, 2: 5 } } });
    await at.failed(2, dataLoss('the file is cut off'));
    await at.look();
    await at.look();
    expect(at.answer('canary')).toBe('INVALID_ARGUMENT: Unrecognized servable version label: canary');
    expect(at.logged.slice(1)).toEqual([
      'warn: label "canary" of model "m" stays with nothing and does not go to 1 (95) 2 (5): the file is cut off',
    ]);
    expect(listModels(at.core)[0]).toMatchObject({
      labels: { stable: 1 },
      pendingLabels: { canary: { target: { 1: 95, 2: 5 }, reason: 'the file is cut off' } },
      versions: [
        { version: 2, state: 'END', labels: ['canary 5% pending'] },
        { version: 1, state: 'AVAILABLE', labels: ['stable', 'canary 95% pending'] },
      ],
    });
    await at.publish([1, 2], { stable: 1 });
    expect(listModels(at.core)[0]?.pendingLabels).toBeUndefined();
  });

  it('show versions that they wait for and nobody has', async () => {
    await at.publish([1], { stable: 1 });
    await at.loaded(1);
    await at.publish([1], { stable: 1, canary: 3 });
    expect(listModels(at.core)[0]?.versions).toMatchObject([
      { version: 3, state: 'END', errorMessage: expect.stringContaining('version 3 is not there') },
      { version: 1, labels: ['stable'] },
    ]);
  });

  it('are read for metrics', async () => {
    await at.publish([1], { stable: 1 });
    await at.loaded(1);
    await at.publish([1, 2], { stable: 1, canary: { 1: 3, 2: 1 } });
    expect(labelShares(at.core)).toEqual([{ model: 'm', label: 'stable', version: '1', share: 1 }]);
    expect(pendingLabels(at.core)).toEqual([
      { model: 'm', label: 'canary', version: '1' },
      { model: 'm', label: 'canary', version: '2' },
    ]);
    await at.loaded(2);
    expect(labelShares(at.core).map(({ label, version: of, share }) => [label, of, share])).toEqual([
      ['stable', '1', 1],
      ['canary', '1', 0.75],
      ['canary', '2', 0.25],
    ]);
    expect(pendingLabels(at.core)).toEqual([]);
  });

  it('are gone when the repository has them no more, and so is the rule of stable', async () => {
    await at.publish([1, 2], { stable: 1, canary: 2 });
    await at.loaded(1, 2);
    expect([at.answer(), at.answer('canary')]).toEqual([1, 2]);
    await at.publish([1, 2]);
    expect([at.answer(), at.answer('stable')]).toEqual([
      2,
      'INVALID_ARGUMENT: Unrecognized servable version label: stable',
    ]);
  });

  it('are in force before the first version is loaded, so that a candidate that is faster gets no more than it should', async () => {
    await at.publish([1, 2], { stable: 1, canary: { 1: 95, 2: 5 } });
    await at.loaded(2);
    expect(at.answer()).toBe('NOT_FOUND: Servable not found for request: Specific(m, 1)');
    expect(readiness(at.core)).toMatchObject({ ready: false, waitingFor: ['m'] });
    await at.loaded(1);
    expect(at.answer()).toBe(1);
    expect(readiness(at.core).ready).toBe(true);
  });

  it('give way to those of a configuration, which leave requests without a label alone', async () => {
    at.labels.configure(new Map([['m', new Map([['canary', version(1)]])]]));
    await at.publish([1, 2], { stable: 1, canary: 2 });
    await at.loaded(1, 2);
    expect(at.answer('canary')).toBe(1);
    at.labels.configure(new Map([['m', new Map([['stable', version(2)]])]]));
    expect([at.answer('canary'), at.answer('stable'), at.answer()]).toEqual([2, 2, 2]);
    await at.publish([1, 2], { canary: 1 });
    at.labels.configure(new Map([['m', new Map([['stable', version(1)]])]]));
    expect([at.answer('stable'), at.answer()]).toEqual([1, 2]);
    at.labels.configure(new Map());
    expect(at.answer('stable')).toBe('INVALID_ARGUMENT: Unrecognized servable version label: stable');
  });

  it('leave with their model', async () => {
    await at.publish([1], { stable: 1 });
    await at.loaded(1);
    at.source.configure(new Map());
    expect(at.labels.models()).toEqual([]);
    expect(at.published.pending('m').size).toBe(0);
  });
});

describe('labels of a repository under other settings', () => {
  it('hold no version that a policy which names its versions leaves out', async () => {
    await at.publish([1, 2], { stable: 1 });
    await at.loaded(1, 2);
    at.source.configure(new Map([['m', { policy: specific([version(2)]) }]]));
    await at.look();
    expect(at.served).toEqual([2]);
  });

  it('hold nothing when the model is gone and empty directories unload', async () => {
    await using unloading = new RoutedModels({ keepLastVersion: false });
    await unloading.publish([1], { stable: 1 });
    await unloading.loaded(1);
    await unloading.publish([]);
    await unloading.look();
    expect([unloading.served, unloading.labels.models()]).toEqual([[], []]);
  });

  it('stay when the model is gone and empty directories keep', async () => {
    await at.publish([1], { stable: 1 });
    await at.loaded(1);
    await at.publish([]);
    await at.look();
    expect(at.answer('stable')).toBe(1);
  });
});

describe('versions that share a label', () => {
  const keys = Array.from({ length: 400 }, (_, i) => `user-${i}`);
  const CANARY = { stable: 1, canary: { 1: 80, 2: 20 } };

  beforeEach(async () => {
    await at.publish([1, 2], CANARY);
    await at.loaded(1, 2);
  });

  it('answer a key always with the same one, each its share of the keys', () => {
    const first = keys.map((key) => at.answer('canary', key));
    expect(keys.map((key) => at.answer('canary', key))).toEqual(first);
    expect(first.filter((each) => each === 2).length).toBeGreaterThan(60);
    expect(first.filter((each) => each === 2).length).toBeLessThan(100);
  });

  it('lose no key when the candidate gets more', async () => {
    const before = keys.filter((key) => at.answer('canary', key) === 2);
    await at.publish([1, 2], { stable: 1, canary: { 1: 50, 2: 50 } });
    expect(before.map((key) => at.answer('canary', key))).toEqual(before.map(() => 2));
  });

  it.each([
    [0, 2],
    [0.199, 2],
    [0.2, 1],
    [0.999, 1],
  ])('answer without a key at random: %d is version %d', (unit, expected) => {
    at.unit = unit;
    expect(at.answer('canary')).toBe(expected);
  });

  it('answer for one that is gone', async () => {
    await at.publish([1, 3], { stable: 1, canary: { 1: 1, 2: 1_000, 3: 1 } }); // the label stays with 1 and 2
    at.source.configure(new Map([['m', { policy: specific([version(1)]) }]]));
    await at.look();
    expect([at.served, ...new Set(keys.map((key) => at.answer('canary', key)))]).toEqual([[1], 1]);
  });

  it('are NOT_FOUND when all are gone', async () => {
    at.source.configure(new Map([['m', { policy: specific([]) }]]));
    await at.look();
    expect(at.answer('canary', 'user-1')).toMatch(/^NOT_FOUND: Servable not found for request: Specific\(m, [12]\)$/);
  });

  it('have the one that answers most speak for them', () => {
    using handle = at.core.acquireUsual({ name: 'm', versionLabel: 'canary' });
    expect(handle.id.version).toBe(1);
  });

  it('may be the stable ones', async () => {
    await at.publish([1, 2], { stable: { 1: 1, 2: 1 } });
    expect(new Set(keys.map((key) => at.answer(undefined, key)))).toEqual(new Set([1, 2]));
  });
});
