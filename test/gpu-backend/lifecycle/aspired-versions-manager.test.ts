import { Code, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  availabilityPreserving,
  resourcePreserving,
} from '../../../gpu-backend/src/lifecycle/aspired-version-policy.ts';
import { FakeLoader, settle } from '../../fakes/fake-loader.ts';
import { automatic, ManagerUnderTest } from './manager-under-test.ts';

describe('AspiredVersionsManager.acquire', () => {
  it.each([
    ['an unknown name', undefined, 'x', 'Servable not found for request: Latest(x)'],
    ['an unknown version', 7, 'm', 'Servable not found for request: Specific(m, 7)'],
    ['a version that is still loading', 2, 'm', 'Servable not found for request: Specific(m, 2)'],
  ])('says NOT_FOUND for %s', async (_, number, name, message) => {
    const world = new ManagerUnderTest();
    await world.serve(1);
    world.aspire(1, 2);
    expect(() => world.acquire(number, name)).toThrow(expect.objectContaining({ code: Code.NotFound, message }));
  });

  it('says NOT_FOUND for a name whose only version is still loading', () => {
    const world = new ManagerUnderTest();
    world.aspire(1);
    expect(() => world.acquire()).toThrow('Servable not found for request: Latest(m)');
  });

  it('gives the highest ready version without a version, and any ready one by its number', async () => {
    const world = new ManagerUnderTest();
    world.source.aspire('m', automatic(0, 1));
    await settle();
    expect([world.answer(), world.answer(0)]).toEqual(['m:1', 'm:0']);
    expect(world.manager.list()).toEqual([
      { name: 'm', version: 0 },
      { name: 'm', version: 1 },
    ]);
  });

  it('never fails while versions change', async () => {
    const world = new ManagerUnderTest();
    const answers: string[] = [];
    const request = (): void => {
      answers.push(world.answer());
    };
    let loader = await world.serve(1);
    world.manager.onState(request);
    for (const next of [2, 3, 1]) {
      const old = loader;
      loader = world.aspireOne(next);
      request();
      await loader.finishLoad();
      request();
      await old.finishUnload();
      request();
    }
    expect(new Set(answers)).toEqual(new Set(['m:1', 'm:2', 'm:3']));
    expect(answers.at(-1)).toBe('m:1');
    expect(world.errors).toEqual([]);
  });
});

describe('AspiredVersionsManager', () => {
  it('loads what becomes aspired, keeps what stays, unloads what is left out', async () => {
    const world = new ManagerUnderTest();
    const first = await world.serve(1);
    const [again, second] = world.aspire(1, 2);
    await second?.finishLoad();
    expect(world.managed()).toEqual(['1 ready', '2 ready']);
    expect([first.loads, again?.loads]).toEqual([1, 0]);
    world.aspire(2);
    expect(world.managed()).toEqual(['1 unloading stale', '2 ready']);
    await first.finishUnload();
    expect(world.managed()).toEqual(['2 ready']);
  });

  it('unloads everything for an empty list, with the loader that loaded it', async () => {
    const world = new ManagerUnderTest();
    const first = await world.serve(1);
    const again = world.aspireOne(1);
    world.aspire();
    await first.finishUnload();
    expect([first.unloads, again.unloads]).toEqual([1, 0]);
    expect(world.manager.list()).toEqual([]);
    expect(world.managed()).toBeUndefined();
  });

  it('ignores an empty list for a name it does not know', () => {
    const world = new ManagerUnderTest();
    world.aspire();
    expect([world.manager.snapshots().size, world.published()]).toEqual([0, []]);
  });

  it('unloads nothing that no list left out', async () => {
    const world = new ManagerUnderTest();
    const first = await world.serve(1);
    world.source.aspire('other', [new FakeLoader('other', 1)]);
    world.manager.reconcile();
    await settle();
    expect(first.unloads).toBe(0);
  });

  it('keeps the old version until a lower version number has taken over', async () => {
    const world = new ManagerUnderTest();
    const second = await world.serve(2);
    const first = world.aspireOne(1);
    expect(world.answer()).toBe('m:2');
    await first.finishLoad();
    expect(world.answer()).toBe('m:1');
    await second.finishUnload();
    expect(world.managed()).toEqual(['1 ready']);
  });

  it('unloads before it loads in one step, whatever the order of the names', async () => {
    let isPaused = false;
    const world = new ManagerUnderTest({
      policy: (versions) => (isPaused ? undefined : availabilityPreserving(versions)),
    });
    const first = new FakeLoader('first', 1);
    world.source.aspire('first', [first]);
    await first.finishLoad();
    await world.serve(1);
    isPaused = true;
    world.source.aspire('first', [first, new FakeLoader('first', 2)]);
    world.aspire();
    isPaused = false;
    world.manager.reconcile();
    expect(world.published().slice(-2)).toEqual(['m 1 unloading', 'first 2 loading']);
  });

  it('asks the policy with all versions of one name, aspired or not', async () => {
    const seen: string[][] = [];
    const world = new ManagerUnderTest({
      policy: (versions) => {
        seen.push(versions.map(({ id, state, aspired }) => `${id.name} ${id.version} ${state} ${aspired}`));
        return availabilityPreserving(versions);
      },
    });
    await world.serve(1);
    world.source.aspire('other', [new FakeLoader('other', 1)]);
    world.aspire(2);
    expect(seen).toContainEqual(['m 1 ready false', 'm 2 new true']);
    expect(seen).toContainEqual(['other 1 new true']);
  });

  it('leaves a gap and never two versions with the resource preserving policy', async () => {
    const world = new ManagerUnderTest({ policy: resourcePreserving });
    const first = await world.serve(1);
    const second = world.aspireOne(2);
    expect(world.managed()).toEqual(['1 unloading stale', '2 new']);
    expect(() => world.acquire()).toThrow(expect.objectContaining({ code: Code.NotFound }));
    await first.finishUnload();
    expect(world.managed()).toEqual(['2 loading']);
    await second.finishLoad();
    expect(world.answer()).toBe('m:2');
  });

  it('ignores actions of a policy that are not possible', async () => {
    const world = new ManagerUnderTest({
      policy: ([first]) => ({
        kind: first?.state === 'new' ? 'load' : 'unload',
        id: { name: 'm', version: version(1) },
      }),
    });
    const loader = await world.serve(1);
    world.manager.reconcile();
    expect([world.managed(), loader.unloads]).toEqual([['1 ready'], 0]);
  });

  it('runs at most maxConcurrentLoads loads at once, over all names', async () => {
    const world = new ManagerUnderTest({ maxConcurrentLoads: 2 });
    const loaders = ['a', 'b', 'c'].map((name) => new FakeLoader(name, 1));
    for (const loader of loaders) {
      world.source.aspire(loader.id.name, [loader]);
    }
    expect(loaders.map(({ loads }) => loads)).toEqual([1, 1, 0]);
    await loaders[1]?.finishLoad();
    expect(loaders.map(({ loads }) => loads)).toEqual([1, 1, 1]);
  });

  it('takes every step that is possible at once', async () => {
    const world = new ManagerUnderTest({ maxConcurrentLoads: 2 });
    const [first, second] = world.aspire(1, 2);
    expect(world.managed()).toEqual(['1 loading', '2 loading']);
    await first?.finishLoad();
    await second?.finishLoad();
    world.aspire();
    expect(world.managed()).toEqual(['1 unloading stale', '2 unloading stale']);
  });

  it('loads one version after the other by default, the highest first', async () => {
    const world = new ManagerUnderTest();
    const [first, second] = world.aspire(1, 2);
    expect(world.managed()).toEqual(['1 new', '2 loading']);
    await second?.finishLoad();
    await first?.finishLoad();
    expect(world.managed()).toEqual(['1 ready', '2 ready']);
  });

  it('delays the unload until the last handle is gone and leaves it usable', async () => {
    const world = new ManagerUnderTest();
    const first = await world.serve(1);
    const handle = world.acquire();
    await world.aspireOne(2).finishLoad();
    expect(world.managed()).toEqual(['1 quiescing stale', '2 ready']);
    expect(() => world.acquire(1)).toThrow(expect.objectContaining({ code: Code.NotFound }));
    expect([handle.servable, first.unloads]).toEqual(['m:1', 0]);
    handle[Symbol.dispose]();
    expect(first.unloads).toBe(1);
  });
});

describe('AspiredVersionsManager when a version comes back', () => {
  it('waits until the version that is torn down is gone, then loads it with the new loader', async () => {
    const world = new ManagerUnderTest();
    const first = await world.serve(1);
    const handle = world.acquire();
    world.aspire();
    const again = world.aspireOne(1);
    expect([world.managed(), again.loads]).toEqual([['1 quiescing stale'], 0]);
    handle[Symbol.dispose]();
    expect([first.unloads, again.loads]).toEqual([1, 0]);
    await first.finishUnload();
    expect(again.loads).toBe(1);
    await again.finishLoad();
    expect(world.answer()).toBe('m:1');
  });

  it('loads the others meanwhile', async () => {
    const world = new ManagerUnderTest();
    await world.serve(1);
    world.aspire();
    const [, second] = world.aspire(1, 2);
    expect(world.managed()).toEqual(['1 unloading stale', '2 loading']);
    await second?.finishLoad();
    expect(world.answer()).toBe('m:2');
  });

  it('does not load what was given up again in the meantime', async () => {
    const world = new ManagerUnderTest();
    const first = await world.serve(1);
    world.aspire();
    const again = world.aspireOne(1);
    world.aspire();
    await first.finishUnload();
    expect([again.loads, world.manager.snapshots().size]).toEqual([0, 0]);
  });

  it('keeps a version serving that was only going to be replaced', async () => {
    const world = new ManagerUnderTest();
    const first = await world.serve(1);
    const second = world.aspireOne(2);
    world.aspire(1);
    await second.failLoad(second.signal?.reason);
    expect(world.managed()).toEqual(['1 ready']);
    expect([first.loads, first.unloads]).toEqual([1, 0]);
  });

  it('uses the newer loader for a version that had not begun to load', async () => {
    const world = new ManagerUnderTest();
    const busy = new FakeLoader('other', 1);
    world.source.aspire('other', [busy]);
    const first = world.aspireOne(1);
    world.aspire();
    const again = world.aspireOne(1);
    await busy.finishLoad();
    expect([first.loads, again.loads]).toEqual([0, 1]);
  });

  it('waits for a load that was cancelled', async () => {
    const world = new ManagerUnderTest();
    const first = world.aspireOne(1);
    world.aspire();
    const again = world.aspireOne(1);
    await first.finishLoad();
    expect([first.unloads, again.loads]).toEqual([1, 0]);
    await first.finishUnload();
    expect(again.loads).toBe(1);
  });
});
