import { Code, unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { StateMonitor } from '../../../gpu-backend/src/lifecycle/state-monitor.ts';
import { FakeLoader, settle } from '../../fakes/fake-loader.ts';
import { automatic, ManagerUnderTest } from './manager-under-test.ts';

/** Whether the promise is resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settle();
  return done;
}

describe('AspiredVersionsManager.close', () => {
  it('is done at once when nothing is managed', async () => {
    expect(await isDone(new ManagerUnderTest().manager.close())).toBe(true);
  });

  it('refuses new handles and sources with UNAVAILABLE and leaves its sources', async () => {
    const world = new ManagerUnderTest();
    await world.serve(1);
    void world.manager.close();
    expect(() => world.acquire()).toThrow(expect.objectContaining({ code: Code.Unavailable }));
    expect(() => world.manager.subscribe(world.source)).toThrow(expect.objectContaining({ code: Code.Unavailable }));
    expect(world.source.subscribers).toBe(0);
  });

  it('waits for open handles and then for the unload', async () => {
    const world = new ManagerUnderTest();
    const loader = await world.serve(1);
    const handle = world.acquire();
    const closed = world.manager.close();
    expect([await isDone(closed), handle.servable, loader.unloads]).toEqual([false, 'm:1', 0]);
    handle[Symbol.dispose]();
    expect([await isDone(closed), loader.unloads]).toEqual([false, 1]);
    await loader.finishUnload();
    expect(await isDone(closed)).toBe(true);
  });

  it('unloads every version of every name', async () => {
    const world = new ManagerUnderTest();
    const loaders = automatic(1, 2, 3);
    const other = Object.assign(new FakeLoader('other', 1), { isAutomatic: true });
    world.source.aspire('m', loaders);
    world.source.aspire('other', [other]);
    await settle();
    await world.manager.close();
    expect([...loaders, other].map(({ unloads }) => unloads)).toEqual([1, 1, 1, 1]);
  });

  it('cancels loads, the running and the waiting', async () => {
    const world = new ManagerUnderTest();
    const waiting = world.aspireOne(1);
    await waiting.failLoad(unavailable('not yet'));
    const running = new FakeLoader('other', 1);
    world.source.aspire('other', [running]);
    const closed = world.manager.close();
    expect([running.signal?.aborted, world.clock.armed, await isDone(closed)]).toEqual([true, 0, false]);
    await running.failLoad(running.signal?.reason);
    expect(await isDone(closed)).toBe(true);
  });

  it('is idempotent and is what asyncDispose does', async () => {
    const world = new ManagerUnderTest();
    const loader = await world.serve(1);
    const closed = [world.manager.close(), world.manager.close(), world.manager[Symbol.asyncDispose]()];
    await loader.finishUnload();
    await Promise.all(closed);
    await world.manager.close();
    expect(loader.unloads).toBe(1);
  });

  it('ends also when an unload fails', async () => {
    const world = new ManagerUnderTest();
    const loader = await world.serve(1);
    const closed = world.manager.close();
    await loader.failUnload(new Error('device lost'));
    expect(await isDone(closed)).toBe(true);
  });

  it('works from within a listener', async () => {
    const world = new ManagerUnderTest();
    world.manager.onState(({ state }) => {
      if (state === 'available') {
        void world.manager.close();
      }
    });
    const loader = await world.serve(1);
    await loader.finishUnload();
    expect(await isDone(world.manager.close())).toBe(true);
    expect(world.published().at(-1)).toBe('m 1 end');
  });

  it('leaves a source also when it closes during the subscription', () => {
    const world = new ManagerUnderTest();
    let isLeft = false;
    world.manager.subscribe({
      subscribe: () => {
        void world.manager.close();
        return {
          [Symbol.dispose]: () => {
            isLeft = true;
          },
        };
      },
    });
    expect(isLeft).toBe(true);
  });

  it('reports a source that cannot be left and leaves the others', () => {
    const world = new ManagerUnderTest();
    world.manager.subscribe({
      subscribe: () => ({
        [Symbol.dispose]: () => {
          throw new Error('bad source');
        },
      }),
    });
    void world.manager.close();
    expect([world.errors[0]?.message, world.source.subscribers]).toEqual(['bad source', 0]);
  });
});

describe('AspiredVersionsManager over 200 publishes', () => {
  it.each([
    ['of one name', () => 'm'],
    ['of a new name each', (cycle: number) => `m${cycle}`],
  ])('%s keeps nothing of what is gone', async (_, nameOf) => {
    const world = new ManagerUnderTest({ memoryLimitBytes: 100 });
    using monitor = new StateMonitor(world.manager);
    const sizes: number[] = [];
    for (let cycle = 1; cycle <= 200; cycle++) {
      const name = nameOf(cycle);
      const loader = Object.assign(new FakeLoader(name, cycle), { isAutomatic: true, memoryBytes: 30 });
      world.source.aspire(name, [loader]);
      await settle();
      world.acquire(undefined, name)[Symbol.dispose]();
      expect([loader.loads, world.manager.list().length, world.manager.reservedBytes]).toEqual([1, 1, 30]);
      world.source.aspire(name, []);
      await settle();
      expect([loader.unloads, world.manager.list().length, world.manager.reservedBytes]).toEqual([1, 0, 0]);
      sizes.push(world.manager.snapshots().size, world.clock.armed);
      expect(monitor.states(name).size).toBeLessThanOrEqual(16);
    }
    expect(new Set(sizes)).toEqual(new Set([0]));
    await world.manager.close();
  });
});

describe('AspiredVersionsManager.onState', () => {
  it('publishes the life of a version in order', async () => {
    const world = new ManagerUnderTest();
    const loader = await world.serve(1);
    world.aspire();
    await loader.finishUnload();
    const states = ['start', 'loading', 'available', 'unloading', 'end'];
    expect(world.published()).toEqual(states.map((state) => `m 1 ${state}`));
    expect(world.states.map(({ error }) => error)).toEqual(states.map(() => undefined));
  });

  it.each(['available', 'unloading'])('can be acquired while %s is published', async (moment) => {
    const world = new ManagerUnderTest();
    const acquired: string[] = [];
    world.manager.onState(({ id, state }) => {
      if (state === moment) {
        using handle = world.acquire(id.version);
        acquired.push(handle.servable);
      }
    });
    const loader = await world.serve(1);
    world.aspire();
    await loader.finishUnload();
    expect([acquired, world.errors, loader.unloads]).toEqual([['m:1'], [], 1]);
  });

  it('delays the unload for a handle that was acquired while unloading was published', async () => {
    const world = new ManagerUnderTest();
    const handles: Disposable[] = [];
    world.manager.onState(({ state }) => state === 'unloading' && handles.push(world.acquire()));
    const loader = await world.serve(1);
    world.aspire();
    expect([world.managed(), loader.unloads]).toEqual([['1 quiescing stale'], 0]);
    handles[0]?.[Symbol.dispose]();
    expect(loader.unloads).toBe(1);
  });

  it('shows all listeners one order when one of them changes what is aspired', async () => {
    const world = new ManagerUnderTest();
    const last: string[] = [];
    world.manager.onState(({ state }) => state === 'available' && world.aspire());
    world.manager.onState(({ state }) => last.push(state));
    await (await world.serve(1)).finishUnload();
    expect(last).toEqual(['start', 'loading', 'available', 'unloading', 'end']);
  });

  it('tells why an attempt failed, and again when the failed version is given up', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 1, loadRetryIntervalMs: 0 });
    const loader = world.aspireOne(1);
    await loader.failLoad(unavailable('first'));
    await loader.failLoad(unavailable('second'));
    world.aspire();
    expect(world.states.map(({ state, aspired, error }) => [state, aspired, error?.message])).toEqual([
      ['start', true, undefined],
      ['loading', true, undefined],
      ['loading', true, 'first'],
      ['end', true, 'second'],
      ['end', false, 'second'],
    ]);
  });

  it('is silent after its subscription is disposed', async () => {
    const world = new ManagerUnderTest();
    const heard: string[] = [];
    world.manager.onState(({ state }) => heard.push(state))[Symbol.dispose]();
    await world.serve(1);
    expect(heard).toEqual([]);
  });
});
