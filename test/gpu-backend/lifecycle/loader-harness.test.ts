import { Code, invalidArgument, type StatusError, unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { LoadRetryOptions } from '../../../gpu-backend/src/lifecycle/load-attempts.ts';
import { LoaderHarness } from '../../../gpu-backend/src/lifecycle/loader-harness.ts';
import type { Reservation } from '../../../gpu-backend/src/lifecycle/resource-tracker.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLoader, settle } from '../../fakes/fake-loader.ts';

const REASON = unavailable('the disk is away');

function setUp(options: Partial<LoadRetryOptions> = {}) {
  const clock = new FakeClock();
  const loader = new FakeLoader('m', 3);
  const states: string[] = ['new'];
  const reserved = { count: 0, bytes: 0 };
  const retry = { maxLoadRetries: 0, loadRetryIntervalMs: 1000, shouldRetry: () => true, ...options };
  const start = (): void => {
    reserved.count++;
    const reservation: Reservation = {
      shrinkTo: ({ memoryBytes }) => {
        reserved.bytes = memoryBytes;
      },
      [Symbol.dispose]: () => void reserved.count--,
    };
    harness.startAttempt(reservation);
  };
  const harness: LoaderHarness<string> = new LoaderHarness(loader, clock, retry, {
    onChange: (changed) => states.push(changed.state),
    onProgress: () => harness.isRetryDue && start(),
  });
  return { clock, loader, states, reserved, harness, start };
}

async function setUpReady(options: Partial<LoadRetryOptions> = {}) {
  const world = setUp(options);
  world.start();
  await world.loader.finishLoad();
  return world;
}

describe('LoaderHarness', () => {
  it('goes from new to unloaded and loads and unloads once', async () => {
    const { harness, loader, states } = await setUpReady();
    harness.quiesce();
    await loader.finishUnload();
    expect(states).toEqual(['new', 'loading', 'ready', 'quiescing', 'unloading', 'unloaded']);
    expect([loader.loads, loader.unloads]).toEqual([1, 1]);
  });

  it('does nothing before it is told to', async () => {
    const { harness, loader } = setUp();
    await settle();
    expect([harness.state, loader.loads]).toEqual(['new', 0]);
  });

  it('starts only the first of two loads', async () => {
    const { harness, loader, start } = setUp();
    start();
    expect(start).toThrow('servable {name: m version: 3} cannot start a load while it is loading');
    await loader.finishLoad();
    expect(start).toThrow(expect.objectContaining({ code: Code.FailedPrecondition }));
    expect([harness.state, loader.loads]).toEqual(['ready', 1]);
  });

  it('starts only the first of two unloads', async () => {
    const { harness, loader } = await setUpReady();
    harness.quiesce();
    expect(() => harness.quiesce()).toThrow('cannot become quiescing while it is unloading');
    await loader.finishUnload();
    expect(loader.unloads).toBe(1);
  });

  it.each([
    ['new', () => setUp()],
    [
      'loading',
      () => {
        const world = setUp();
        world.start();
        return world;
      },
    ],
  ])('refuses to unload and to be aspired again while %s', (state, make) => {
    const { harness } = make();
    expect(() => harness.quiesce()).toThrow(expect.objectContaining({ code: Code.FailedPrecondition }));
    expect(() => harness.reaspire()).toThrow(expect.objectContaining({ code: Code.FailedPrecondition }));
    expect(harness.state).toBe(state);
  });

  it('unloads only after the last handle is gone', async () => {
    const { harness, loader } = await setUpReady();
    const handle = harness.servable?.acquire();
    harness.quiesce();
    await settle();
    expect([harness.state, loader.unloads]).toEqual(['quiescing', 0]);
    handle?.[Symbol.dispose]();
    expect([harness.state, loader.unloads]).toEqual(['unloading', 1]);
  });

  it('ends as failed with the reason when the unload fails', async () => {
    const { harness, loader, reserved } = await setUpReady();
    harness.quiesce();
    await loader.failUnload(new Error('device lost'));
    expect(harness.state).toBe('failed');
    expect(harness.error).toMatchObject({ code: Code.Internal, message: 'device lost' });
    expect(reserved.count).toBe(0);
  });

  it('survives a loader that throws instead of rejecting', async () => {
    const { harness, loader, start } = setUp();
    loader.load = () => {
      throw new Error('not even a promise');
    };
    start();
    await settle();
    expect(harness.error).toMatchObject({ code: Code.Internal, message: 'not even a promise' });
  });

  it.each([
    ['that throws', 'cannot tell', invalidArgument('cannot tell'), Code.InvalidArgument],
    ['of a negative size', 'an estimate of -1 bytes is not a size', -1, Code.Internal],
    ['that is not a number', 'an estimate of NaN bytes is not a size', Number.NaN, Code.Internal],
  ])('names the servable in the error of an estimate %s', (_, reason, memoryBytes, code) => {
    const { harness, loader } = setUp();
    loader.memoryBytes = memoryBytes;
    const message = `Error while attempting to reserve resources to load servable {name: m version: 3}: ${reason}`;
    expect(() => harness.estimate()).toThrow(expect.objectContaining({ code, message }));
  });
});

describe('LoaderHarness reservation', () => {
  it('is held while loading and shrinks to the estimate of the loaded servable', async () => {
    const { loader, reserved, start } = setUp();
    start();
    expect(reserved.count).toBe(1);
    loader.memoryBytes = 12;
    await loader.finishLoad();
    expect(reserved).toEqual({ count: 1, bytes: 12 });
  });

  it('is kept when the loaded servable cannot be estimated', async () => {
    const { harness, loader, reserved, start } = setUp();
    start();
    loader.memoryBytes = REASON;
    await loader.finishLoad();
    expect([harness.state, reserved.count]).toEqual(['ready', 1]);
  });

  it('is held until the unload is finished', async () => {
    const { harness, loader, reserved } = await setUpReady();
    harness.quiesce();
    expect(reserved.count).toBe(1);
    await loader.finishUnload();
    expect(reserved.count).toBe(0);
  });

  it('is given back in the pause between attempts', async () => {
    const { loader, reserved, start } = setUp({ maxLoadRetries: 1 });
    start();
    await loader.failLoad(REASON);
    expect(reserved.count).toBe(0);
  });
});

describe('LoaderHarness retries', () => {
  it('becomes ready when a later attempt succeeds, with the pause between attempts', async () => {
    const { clock, harness, loader, start } = setUp({ maxLoadRetries: 1 });
    start();
    await loader.failLoad(REASON);
    expect([harness.state, harness.error, harness.isAttempting]).toEqual(['loading', REASON, false]);
    clock.advance(999);
    expect(loader.loads).toBe(1);
    clock.advance(1);
    expect([loader.loads, harness.isAttempting]).toEqual([2, true]);
    await loader.finishLoad();
    expect([harness.state, harness.error, clock.armed]).toEqual(['ready', undefined, 0]);
  });

  it('fails with the last reason after maxLoadRetries', async () => {
    const { clock, harness, loader, states, start } = setUp({ maxLoadRetries: 2 });
    start();
    for (const attempt of [1, 2, 3]) {
      await loader.failLoad(unavailable(`attempt ${attempt}`));
      clock.advance(1000);
    }
    expect([harness.state, harness.error?.message, loader.loads]).toEqual(['failed', 'attempt 3', 3]);
    expect(states).toEqual(['new', 'loading', 'loading', 'loading', 'failed']);
    expect(clock.armed).toBe(0);
  });

  it('arms no timer when the pause is 0', async () => {
    const { clock, loader, start } = setUp({ maxLoadRetries: 1, loadRetryIntervalMs: 0 });
    start();
    await loader.failLoad(REASON);
    expect([loader.loads, clock.armed]).toEqual([2, 0]);
  });

  it.each([
    ['says no', (error: StatusError) => error.code !== Code.InvalidArgument],
    [
      'throws',
      () => {
        throw new Error('bad predicate');
      },
    ],
  ])('fails at once when shouldRetry %s', async (_, shouldRetry) => {
    const { clock, harness, loader, start } = setUp({ maxLoadRetries: 5, shouldRetry });
    start();
    await loader.failLoad(invalidArgument('not a model'));
    expect([harness.state, harness.error?.message, clock.armed]).toEqual(['failed', 'not a model', 0]);
  });

  it('counts an attempt that failed before the loader was asked', () => {
    const { clock, harness, loader } = setUp({ maxLoadRetries: 1 });
    harness.failAttempt(REASON);
    expect([harness.state, clock.armed]).toEqual(['loading', 1]);
    clock.advance(1000);
    expect([loader.loads, harness.isAttempting]).toEqual([1, true]);
  });
});

describe('LoaderHarness that is no longer aspired', () => {
  const CANCELLED = { code: Code.Cancelled, message: 'Loading of servable cancelled' };

  it('is over at once when it is new', () => {
    const { harness } = setUp();
    harness.unaspire();
    expect([harness.state, harness.error]).toEqual(['unloaded', undefined]);
  });

  it('aborts a load and fails with CANCELLED without another attempt', async () => {
    const { clock, harness, loader, reserved, start } = setUp({ maxLoadRetries: 5 });
    start();
    harness.unaspire();
    expect(loader.signal?.reason).toMatchObject(CANCELLED);
    expect(harness.state).toBe('loading');
    await loader.failLoad(REASON);
    expect(harness.state).toBe('failed');
    expect(harness.error).toMatchObject({ ...CANCELLED, cause: REASON });
    expect([loader.loads, clock.armed, reserved.count]).toEqual([1, 0, 0]);
  });

  it('unloads a load that completes after it was cancelled', async () => {
    const { harness, loader, states, reserved, start } = setUp();
    start();
    harness.unaspire();
    await loader.finishLoad();
    expect([harness.state, loader.unloads, reserved.count]).toEqual(['unloading', 1, 1]);
    await loader.finishUnload();
    expect(states).toEqual(['new', 'loading', 'unloading', 'unloaded']);
    expect(harness.error).toMatchObject(CANCELLED);
    expect(reserved.count).toBe(0);
  });

  it('leaves no timer when it waits for an attempt', async () => {
    const { clock, harness, loader, start } = setUp({ maxLoadRetries: 5 });
    start();
    await loader.failLoad(REASON);
    harness.unaspire();
    expect([harness.state, clock.armed]).toEqual(['failed', 0]);
    expect(harness.error).toMatchObject(CANCELLED);
  });

  it('stays ready until it is told to quiesce, and may be aspired again', async () => {
    const { harness } = await setUpReady();
    harness.unaspire();
    expect(harness.snapshot()).toEqual({ id: { name: 'm', version: 3 }, state: 'ready', aspired: false });
    harness.reaspire();
    expect(harness.aspired).toBe(true);
  });

  it('keeps the reason of a failure and is over', async () => {
    const { harness, loader, states, start } = setUp();
    start();
    await loader.failLoad(REASON);
    harness.unaspire();
    expect(states.slice(-2)).toEqual(['failed', 'unloaded']);
    expect(harness.error).toBe(REASON);
  });
});
