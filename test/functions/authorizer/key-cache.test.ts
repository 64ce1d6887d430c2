import { Code, unavailable } from '@tensorfleet/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { KeyCache } from '../../../functions/src/authorizer/key-cache.ts';
import { formatKeyDocument, type KeyRecord } from '../../../functions/src/authorizer/key-document.ts';
import type { KeyPart } from '../../../functions/src/authorizer/key-source.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { keyOf, recordOf } from './key-records.ts';

const TTL_MS = 30_000;
const STALE_MS = 3_600_000;
const one = recordOf([keyOf(1)]);
const two = recordOf([keyOf(2)]);

const partOf = (...records: readonly KeyRecord[]): KeyPart => ({ name: 'part', text: formatKeyDocument(records) });

describe('KeyCache', () => {
  let now: number;
  let reads: number;
  let answer: () => Promise<readonly KeyPart[]>;
  let clock: FakeClock;
  let log: ReturnType<typeof silentLog>;
  let cache: KeyCache;

  beforeEach(() => {
    now = 1_000_000;
    reads = 0;
    answer = async () => [partOf(one)];
    clock = new FakeClock();
    log = silentLog();
    const source = {
      name: 'ssm:/keys',
      read: (): Promise<readonly KeyPart[]> => {
        reads++;
        return answer();
      },
    };
    const options = { ttlMs: TTL_MS, maxStaleMs: STALE_MS };
    cache = new KeyCache(options, { source, clock, now: () => now, log });
  });

  const ids = async (): Promise<string[]> => [...(await cache.keys()).keys()];
  const down = (): Promise<never> => Promise.reject(unavailable('no route'));
  /** A read that runs behind a request's back is over after this. */
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('reads once for requests that come together, and not again before the TTL', async () => {
    expect(await Promise.all([ids(), ids(), ids()])).toEqual([[one.id], [one.id], [one.id]]);
    now += TTL_MS - 1;
    await ids();
    expect(reads).toBe(1);
  });

  it('gives keys past the TTL at once, and reads them again behind the request', async () => {
    await ids();
    now += TTL_MS;
    answer = async () => [partOf(one, two)];
    expect(await ids()).toEqual([one.id]);
    await settle();
    expect(await ids()).toEqual([one.id, two.id]);
    expect(reads).toBe(2);
  });

  it('waits for the read when keys are twice as old, so that a revoked key does not outlive a frozen sandbox', async () => {
    await ids();
    now += 2 * TTL_MS;
    answer = async () => [partOf(two)];
    expect(await ids()).toEqual([two.id]);
  });

  it('believes old keys while the store is down, up to the bound, and does not wait for it more than once', async () => {
    await ids();
    answer = down;
    now += 2 * TTL_MS;
    expect(await ids()).toEqual([one.id]);
    answer = () => new Promise(() => undefined);
    now += 10_000;
    expect(await ids()).toEqual([one.id]);
    now = 1_000_000 + STALE_MS - 1;
    expect(await ids()).toEqual([one.id]);
    now += 1;
    const late = ids();
    clock.advance(3_000);
    await expect(late).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it('recovers when the store is back', async () => {
    answer = down;
    await expect(ids()).rejects.toMatchObject({ code: Code.Unavailable });
    answer = async () => [partOf(one)];
    now += 1_000;
    expect(await ids()).toEqual([one.id]);
  });

  it('asks a store that failed once a second, however many requests come', async () => {
    answer = down;
    for (let request = 0; request < 20; request++) {
      await expect(ids()).rejects.toMatchObject({ code: Code.Unavailable });
      now += 100;
    }
    expect(reads).toBe(2);
  });

  it('gives up a store that does not answer within 3 s', async () => {
    answer = () => new Promise(() => undefined);
    const waiting = ids();
    clock.advance(3_000);
    await expect(waiting).rejects.toMatchObject({ code: Code.Unavailable });
    expect(clock.armed).toBe(0);
  });

  it('leaves out a part that is broken, and an id that two parts have, and says so', async () => {
    answer = async () => [partOf(one), { name: '/keys/broken', text: '{' }, partOf(two), partOf(two)];
    expect(await ids()).toEqual([one.id]);
    expect(log.lines.map(({ level, text }) => [level, text])).toEqual([
      ['error', 'API keys are left out'],
      ['error', 'an API key is in the store twice, and left out'],
    ]);
  });

  it('keeps the old keys when all that it reads is broken', async () => {
    await ids();
    now += 2 * TTL_MS;
    answer = async () => [{ name: 'part', text: '' }];
    expect(await ids()).toEqual([one.id]);
  });

  it('takes an empty store for one without keys', async () => {
    answer = async () => [];
    expect(await ids()).toEqual([]);
  });

  it('reads again when the clock was set back', async () => {
    await ids();
    now -= 10 * TTL_MS;
    await ids();
    expect(reads).toBe(2);
  });
});
