import { Code, invalidArgument, unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { availabilityPreserving } from '../../../gpu-backend/src/lifecycle/aspired-version-policy.ts';
import { FakeLoader, settle } from '../../fakes/fake-loader.ts';
import { ManagerUnderTest } from './manager-under-test.ts';

const REASON = unavailable('the disk is away');

describe('AspiredVersionsManager when a load fails', () => {
  it('keeps the old version serving', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 0 });
    const first = await world.serve(1);
    await world.aspireOne(2).failLoad(REASON);
    expect(world.managed()).toEqual(['1 ready stale', '2 failed']);
    expect([world.answer(), first.unloads]).toEqual(['m:1', 0]);
  });

  it('does not unload the other aspired versions', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 0 });
    await world.serve(1);
    const [, second] = world.aspire(1, 2);
    await second?.failLoad(REASON);
    expect(world.managed()).toEqual(['1 ready', '2 failed']);
  });

  it('does not load it again while it stays aspired', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 0 });
    await world.aspireOne(1).failLoad(REASON);
    const again = world.aspireOne(1);
    world.clock.advance(1e9);
    await settle();
    expect([again.loads, world.managed()]).toEqual([0, ['1 failed']]);
  });

  it('loads it again while it stays aspired when its loader brings another revision', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 0 });
    await world.aspireOne(1, {}).failLoad(REASON);
    const again = world.aspireOne(1, {});
    expect([again.loads, world.managed()]).toEqual([1, ['1 loading']]);
    await again.finishLoad();
    const ignored = world.aspireOne(1, {});
    await settle();
    expect([ignored.loads, again.unloads, world.managed()]).toEqual([0, 0, ['1 ready']]);
  });

  it('keeps what serves when a failed version is loaded again', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 0 });
    const first = await world.serve(1);
    await world.aspireOne(2, {}).failLoad(REASON);
    const again = world.aspireOne(2, {});
    expect([again.loads, first.unloads, world.answer()]).toEqual([1, 0, 'm:1']);
    await again.finishLoad();
    await settle();
    expect([first.unloads, world.answer()]).toEqual([1, 'm:2']);
  });

  it('loads it again with the new loader after it left the aspired set', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 0 });
    await world.aspireOne(1).failLoad(REASON);
    world.aspire();
    const again = world.aspireOne(1);
    await again.finishLoad();
    expect(world.answer()).toBe('m:1');
  });

  it('loads the next version', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 0 });
    const first = await world.serve(1);
    await world.aspireOne(2).failLoad(REASON);
    await world.aspireOne(3).finishLoad();
    await first.finishUnload();
    expect(world.managed()).toEqual(['3 ready']);
  });

  it('retries it and serves it in the end', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 1, loadRetryIntervalMs: 1000 });
    const loader = world.aspireOne(1);
    await loader.failLoad(REASON);
    world.clock.advance(1000);
    await loader.finishLoad();
    expect([loader.loads, world.answer()]).toEqual([2, 'm:1']);
  });

  it('retries 5 times a minute apart by default, but not what is wrong with the version itself', async () => {
    const world = new ManagerUnderTest();
    const loader = world.aspireOne(1);
    for (let attempt = 1; attempt <= 6; attempt++) {
      expect(loader.loads).toBe(attempt);
      await loader.failLoad(REASON);
      world.clock.advance(60_000);
    }
    expect([loader.loads, world.managed()]).toEqual([6, ['1 failed']]);
    await world.aspireOne(2).failLoad(invalidArgument('not a model'));
    expect(world.managed()).toEqual(['2 failed']);
  });

  it('gives the load slot to other names between attempts', async () => {
    const world = new ManagerUnderTest({ loadRetryIntervalMs: 1000 });
    const broken = world.aspireOne(1);
    const other = new FakeLoader('other', 1);
    world.source.aspire('other', [other]);
    await broken.failLoad(REASON);
    expect(other.loads).toBe(1);
    world.clock.advance(1000);
    expect(broken.loads).toBe(1);
    await other.finishLoad();
    expect(broken.loads).toBe(2);
  });

  it('stops retrying when it is no longer aspired', async () => {
    const world = new ManagerUnderTest();
    const loader = world.aspireOne(1);
    await loader.failLoad(REASON);
    world.aspire();
    expect([world.clock.armed, world.manager.snapshots().size, loader.loads]).toEqual([0, 0, 1]);
  });

  it('aborts a load that is no longer aspired and forgets it', async () => {
    const world = new ManagerUnderTest();
    const loader = world.aspireOne(1);
    world.aspire();
    expect(loader.signal?.aborted).toBe(true);
    await loader.failLoad(loader.signal?.reason);
    expect([loader.loads, world.manager.snapshots().size]).toEqual([1, 0]);
  });

  it('frees the load slot when a cancelled load ends', async () => {
    const world = new ManagerUnderTest();
    const loader = world.aspireOne(1);
    const other = new FakeLoader('other', 1);
    world.source.aspire('other', [other]);
    world.aspire();
    await loader.finishLoad();
    expect(other.loads).toBe(1);
  });

  it('forgets a version whose unload fails, gives its memory back and reports why', async () => {
    const world = new ManagerUnderTest();
    const loader = new FakeLoader('m', 1);
    loader.memoryBytes = 10;
    world.source.aspire('m', [loader]);
    await loader.finishLoad();
    world.aspire();
    await loader.failUnload(new Error('device lost'));
    expect([world.manager.snapshots().size, world.manager.reservedBytes]).toEqual([0, 0]);
    expect(world.states.at(-1)).toMatchObject({ state: 'end', error: { message: 'device lost' } });
  });
});

describe('AspiredVersionsManager when code it calls misbehaves', () => {
  it('refuses a list that contains another name and keeps what was aspired', async () => {
    const world = new ManagerUnderTest();
    await world.serve(1);
    world.source.aspire('m', [new FakeLoader('m', 2), new FakeLoader('n', 3)]);
    expect(world.managed()).toEqual(['1 ready']);
    expect(world.errors).toMatchObject([
      { code: Code.InvalidArgument, message: expect.stringContaining('of m contain {name: n version: 3}') },
    ]);
  });

  it('reports a listener that throws and calls the others', async () => {
    const world = new ManagerUnderTest();
    const heard: string[] = [];
    world.manager.onState(() => {
      throw new Error('bad listener');
    });
    world.manager.onState(({ state }) => heard.push(state));
    await world.serve(1);
    expect(heard).toEqual(['start', 'loading', 'available']);
    expect(world.errors.map(({ message }) => message)).toEqual(['bad listener', 'bad listener', 'bad listener']);
  });

  it('reports a policy that throws and goes on with other names', async () => {
    const world = new ManagerUnderTest({
      policy: (versions) => {
        if (versions[0]?.id.name === 'bad') {
          throw new Error('bad policy');
        }
        return availabilityPreserving(versions);
      },
    });
    world.source.aspire('bad', [new FakeLoader('bad', 1)]);
    await world.serve(1);
    expect(world.answer()).toBe('m:1');
    expect(world.errors[0]?.message).toBe('bad policy');
  });

  it('follows no source that could not be subscribed to', () => {
    const world = new ManagerUnderTest();
    const source = {
      subscribe: () => {
        throw unavailable('no such directory');
      },
    };
    expect(() => world.manager.subscribe(source)).toThrow('no such directory');
  });

  it('ignores a source it no longer follows', () => {
    const world = new ManagerUnderTest();
    let late: (() => void) | undefined;
    const subscription = world.manager.subscribe({
      subscribe: (onAspired) => {
        late = () => onAspired({ name: 'late', versions: [new FakeLoader('late', 1)] });
        return { [Symbol.dispose]: () => undefined };
      },
    });
    subscription[Symbol.dispose]();
    late?.();
    expect(world.managed('late')).toBeUndefined();
  });
});

describe('AspiredVersionsManager with a memory limit', () => {
  function sized(name: string, number: number, memoryBytes: number | Error): FakeLoader {
    return Object.assign(new FakeLoader(name, number), { memoryBytes });
  }

  it('fails a version that can never fit and keeps the old one', async () => {
    const world = new ManagerUnderTest({ memoryLimitBytes: 100 });
    const first = sized('m', 1, 60);
    world.source.aspire('m', [first]);
    await first.finishLoad();
    world.source.aspire('m', [sized('m', 2, 101)]);
    expect(world.managed()).toEqual(['1 ready stale', '2 failed']);
    expect(world.states.at(-1)?.error).toMatchObject({
      code: Code.ResourceExhausted,
      message: expect.stringContaining('Insufficient resources to load servable {name: m version: 2}'),
    });
  });

  it('fails a version that does not fit when nothing is under way', async () => {
    const world = new ManagerUnderTest({ memoryLimitBytes: 100 });
    const first = sized('m', 1, 60);
    world.source.aspire('m', [first]);
    await first.finishLoad();
    world.source.aspire('m', [sized('m', 2, 60)]);
    expect(world.managed()).toEqual(['1 ready stale', '2 failed']);
  });

  it('waits while an unload is under way, without holding up names that fit', async () => {
    const world = new ManagerUnderTest({ memoryLimitBytes: 100, maxConcurrentLoads: 2 });
    const first = sized('m', 1, 60);
    world.source.aspire('m', [first]);
    await first.finishLoad();
    world.aspire();
    const big = sized('big', 1, 60);
    const small = sized('small', 1, 40);
    world.source.aspire('big', [big]);
    world.source.aspire('small', [small]);
    expect([big.loads, small.loads]).toEqual([0, 1]);
    await first.finishUnload();
    expect([big.loads, world.manager.reservedBytes]).toEqual([1, 100]);
  });

  it('waits while a version that is to go has open handles', async () => {
    const world = new ManagerUnderTest({ memoryLimitBytes: 100 });
    const first = sized('m', 1, 60);
    world.source.aspire('m', [first]);
    await first.finishLoad();
    const handle = world.acquire();
    world.aspire();
    world.source.aspire('other', [sized('other', 1, 60)]);
    expect([world.managed(), world.managed('other')]).toEqual([['1 quiescing stale'], ['1 new']]);
    handle[Symbol.dispose]();
    await first.finishUnload();
    expect(world.managed('other')).toEqual(['1 loading']);
  });

  it('waits for a load that began in the same step', () => {
    let isPaused = true;
    const world = new ManagerUnderTest({
      memoryLimitBytes: 100,
      maxConcurrentLoads: 2,
      policy: (versions) => (isPaused ? undefined : availabilityPreserving(versions)),
    });
    world.source.aspire('a', [sized('a', 1, 60)]);
    world.source.aspire('b', [sized('b', 1, 60)]);
    isPaused = false;
    world.manager.reconcile();
    expect([world.managed('a'), world.managed('b')]).toEqual([['1 loading'], ['1 new']]);
  });

  it('waits while a load is under way and uses what that turns out not to need', async () => {
    const world = new ManagerUnderTest({ memoryLimitBytes: 100, maxConcurrentLoads: 2 });
    const first = sized('a', 1, 80);
    const second = sized('b', 1, 60);
    world.source.aspire('a', [first]);
    world.source.aspire('b', [second]);
    expect(second.loads).toBe(0);
    first.memoryBytes = 40;
    await first.finishLoad();
    expect([second.loads, world.manager.reservedBytes]).toEqual([1, 100]);
  });

  it('retries a version whose estimate fails', async () => {
    const world = new ManagerUnderTest({ maxLoadRetries: 1, loadRetryIntervalMs: 0 });
    const loader = sized('m', 1, REASON);
    world.source.aspire('m', [loader]);
    await settle();
    expect(world.published()).toEqual(['m 1 start', 'm 1 loading', 'm 1 loading', 'm 1 end']);
    expect(world.states.at(-1)?.error?.message).toContain('Error while attempting to reserve resources');
  });
});
