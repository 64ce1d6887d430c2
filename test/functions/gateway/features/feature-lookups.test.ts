import { type CallContext, Code, cancelled, type OpenCall, openCall } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { BoundedCache } from '../../../../functions/src/gateway/bounded-cache.ts';
import { FeatureLookups } from '../../../../functions/src/gateway/features/feature-lookups.ts';
import type { EntityFields } from '../../../../functions/src/gateway/features/feature-store.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { MemoryFeatureStore } from '../../../fakes/memory-feature-store.ts';
import { silentLog } from '../../../support/silent-log.ts';

const FIELDS = ['age'];

describe('FeatureLookups', () => {
  let clock: FakeClock;
  let store: MemoryFeatureStore;
  let cache: BoundedCache<EntityFields>;
  let lookups: FeatureLookups;
  let log: ReturnType<typeof silentLog>;

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryFeatureStore().put('a', { age: '1' }).put('b', { age: '2' });
    cache = new BoundedCache({ maxEntries: 100, maxBytes: 100_000, ttlMs: 5_000, now: () => clock.now() });
    log = silentLog();
    lookups = new FeatureLookups({ name: 'users', store, cache, clock, timeoutMs: 1_000, log });
  });

  const callUntil = (deadline: number): OpenCall => openCall(clock, 'r', deadline);
  const ages = async (keys: readonly string[], call: CallContext = callUntil(10_000).context): Promise<unknown> => {
    const found = await lookups.get(keys, FIELDS, call);
    return Object.fromEntries(keys.map((key) => [key, found.get(key)?.get('age')]));
  };
  /** Holds lookups back until it is called. */
  const hold = (): (() => void) => {
    const gate = Promise.withResolvers<void>();
    store.before = () => gate.promise;
    return gate.resolve;
  };

  it('asks only for what it does not remember', async () => {
    await ages(['a', 'none']);
    expect(await ages(['a', 'b', 'none'])).toEqual({ a: '1', b: '2', none: undefined });
    expect(store.lookups).toEqual([['a', 'none'], ['b']]);
  });

  it('asks once for what several callers want at a time', async () => {
    const release = hold();
    const both = [ages(['a', 'b']), ages(['b', 'a']), ages(['b'])];
    release();
    expect(await Promise.all(both)).toEqual([{ a: '1', b: '2' }, { b: '2', a: '1' }, { b: '2' }]);
    expect(store.lookups).toEqual([['a', 'b']]);
  });

  it('keeps other fields of an entity apart', async () => {
    await ages(['a']);
    await lookups.get(['a'], ['age', 'name'], callUntil(10_000).context);
    expect(store.lookups).toHaveLength(2);
  });

  it('goes on for the others when the caller who came first leaves', async () => {
    const release = hold();
    using first = callUntil(10_000);
    const left = ages(['a'], first.context);
    const stays = ages(['a']);
    first.abort(cancelled('gone'));
    await expect(left).rejects.toMatchObject({ code: Code.Cancelled, message: 'gone' });
    release();
    expect(await stays).toEqual({ a: '1' });
    expect(store.lookups).toHaveLength(1);
  });

  it('remembers what nobody waited for to the end', async () => {
    const release = hold();
    const left = ages(['a'], callUntil(100).context);
    clock.advance(100);
    await expect(left).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
      message: 'feature store "users" did not answer before the deadline of the request',
    });
    release();
    await settled();
    expect(await ages(['a'])).toEqual({ a: '1' });
    expect(store.lookups).toHaveLength(1);
  });

  it('gives a store its time and no more, and asks again afterwards', async () => {
    hold(); // and never let go, whatever the signal says
    const { context } = callUntil(10_000);
    const slow = ages(['a'], context);
    await settled(); // the store is open
    clock.advance(999);
    clock.advance(1);
    await expect(slow).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'feature store "users" did not answer within 1000 ms',
      details: { store: 'users' },
    });
    store.before = () => undefined;
    expect(await ages(['a'], context)).toEqual({ a: '1' });
    expect(clock.armed).toBe(1); // the deadline of the call
  });

  it('does not count the time that loading the library takes', async () => {
    const opened = Promise.withResolvers<void>();
    store.open = () => opened.promise;
    const first = ages(['a']);
    clock.advance(5_000);
    opened.resolve();
    expect(await first).toEqual({ a: '1' });
  });

  it('tells clients the kind of an error, and the log the rest', async () => {
    store.before = () =>
      Promise.reject(Object.assign(new Error('arn:aws:iam::123'), { name: 'AccessDeniedException' }));
    await expect(ages(['a'])).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'feature store "users" failed: AccessDeniedException',
    });
    expect(log.lines).toEqual([
      expect.objectContaining({ level: 'warn', facts: expect.objectContaining({ store: 'users' }) }),
    ]);
  });

  it('fails everyone who waits, and remembers no failure', async () => {
    const gate = Promise.withResolvers<void>();
    store.before = () => gate.promise;
    const both = [ages(['a']), ages(['a'])];
    gate.reject(Object.assign(new Error('down'), { code: 'ECONNRESET' }));
    for (const one of both) {
      await expect(one).rejects.toThrow('feature store "users" failed: ECONNRESET');
    }
    store.before = () => undefined;
    expect(await ages(['a'])).toEqual({ a: '1' });
  });

  it('refuses what a store that hangs has too much of', async () => {
    hold();
    const many = Array.from({ length: 20_000 }, (_, index) => String(index));
    const waiting = lookups.get(many, FIELDS, callUntil(10_000).context);
    await expect(ages(['a'])).rejects.toMatchObject({
      code: Code.Unavailable,
      message: 'feature store "users" has 20000 entities to look up already, and takes at most 20000',
    });
    await settled();
    clock.advance(1_000);
    await expect(waiting).rejects.toThrow('did not answer');
  });
});

/** Until everything that can go on has done so. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
