import { dataLoss } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { resourcePreserving } from '../../../gpu-backend/src/lifecycle/aspired-version-policy.ts';
import { StateMonitor } from '../../../gpu-backend/src/lifecycle/state-monitor.ts';
import { ManagerUnderTest } from './manager-under-test.ts';

/** A manager that serves version 1 of `m` from the place `old`. */
async function serving(options = {}) {
  const world = new ManagerUnderTest(options);
  const old = world.aspireAt('old');
  await old.finishLoad();
  return { world, old };
}

describe('AspiredVersionsManager when a version moves', () => {
  it('serves from the old place until the new one is loaded, then from the new one only', async () => {
    const { world, old } = await serving();
    const moved = world.aspireAt('new');
    expect([world.answer(1), world.managed()]).toEqual(['m:1 in old', ['1 ready stale', '1 loading']]);
    await moved.finishLoad();
    expect([world.answer(), old.unloads]).toEqual(['m:1 in new', 1]);
    await old.finishUnload();
    expect(world.managed()).toEqual(['1 ready']);
    expect(world.answer(1)).toBe('m:1 in new');
  });

  it('lets a request that began in the old place end there', async () => {
    const { world, old } = await serving();
    const handle = world.acquire();
    await world.aspireAt('new').finishLoad();
    expect([handle.servable, world.answer(), old.unloads]).toEqual(['m:1 in old', 'm:1 in new', 0]);
    handle[Symbol.dispose]();
    expect(old.unloads).toBe(1);
  });

  it('goes on serving from the old place when the new one cannot be loaded', async () => {
    const { world } = await serving({ maxLoadRetries: 0 });
    await world.aspireAt('new').failLoad(dataLoss('no model'));
    expect([world.answer(1), world.managed()]).toEqual(['m:1 in old', ['1 ready stale', '1 failed']]);
  });

  it('publishes the states of the new place only', async () => {
    const { world, old } = await serving();
    using monitor = new StateMonitor(world.manager);
    const moved = world.aspireAt('new');
    const stateOf = () => monitor.states('m').values().next().value?.state;
    expect(stateOf()).toBe('loading');
    await moved.finishLoad();
    await old.finishUnload();
    expect(stateOf()).toBe('available');
    expect(world.published().slice(3)).toEqual(['m 1 start', 'm 1 loading', 'm 1 available']);
  });

  it('gives up a load from a place that the version has left', async () => {
    const world = new ManagerUnderTest();
    const first = world.aspireAt('old');
    const second = world.aspireAt('new');
    expect([first.signal?.aborted, second.loads]).toEqual([true, 0]);
    await first.failLoad(first.signal?.reason);
    await second.finishLoad();
    expect([world.answer(), world.managed()]).toEqual(['m:1 in new', ['1 ready']]);
  });

  it('keeps the old version while its successor loads, though another version is ready', async () => {
    const { world, old } = await serving();
    const [one, two] = [world.aspireAt('new', 1), world.aspireAt('new', 2)];
    world.source.aspire('m', [one, two]);
    await one.failLoad(one.signal?.reason);
    await two.finishLoad();
    expect([world.answer(1), world.answer(2), old.unloads]).toEqual(['m:1 in old', 'm:2 in new', 0]);
    await one.finishLoad();
    expect([world.answer(1), old.unloads]).toEqual(['m:1 in new', 1]);
  });

  it('unloads everything when the model is removed meanwhile', async () => {
    const { world, old } = await serving();
    const moved = world.aspireAt('new');
    world.aspire();
    await moved.failLoad(moved.signal?.reason);
    await old.finishUnload();
    expect([world.manager.snapshots().size, world.manager.list()]).toEqual([0, []]);
  });

  it('unloads first under resourcePreserving', async () => {
    const { world, old } = await serving({ policy: resourcePreserving });
    const moved = world.aspireAt('new');
    expect([old.unloads, moved.loads]).toEqual([1, 0]);
    await old.finishUnload();
    await moved.finishLoad();
    expect(world.answer()).toBe('m:1 in new');
  });
});
