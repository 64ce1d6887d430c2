import { describe, expect, it } from 'vitest';
import { BoundedCache } from '../../../functions/src/gateway/bounded-cache.ts';

/** Of an entry with a key of one character. */
const OVERHEAD = 122;

describe('BoundedCache', () => {
  let time = 0;
  const cacheOf = (options: { maxEntries?: number; maxBytes?: number; ttlMs?: number } = {}): BoundedCache<string> =>
    new BoundedCache({ maxEntries: 10, maxBytes: 10_000, ttlMs: 100, now: () => time, ...options });

  it('keeps an entry for its time, and frees what it took', () => {
    time = 0;
    const cache = cacheOf();
    cache.set('a', 'A', 50);
    expect(cache.bytes).toBe(50 + OVERHEAD);
    time = 99;
    expect(cache.get('a')).toBe('A');
    time = 100;
    expect(cache.get('a')).toBeUndefined();
    expect([cache.bytes, cache.size]).toEqual([0, 0]);
  });

  it('makes room in number for what comes, from what was not used for longest', () => {
    const cache = cacheOf({ maxEntries: 2 });
    cache.set('a', 'A', 1);
    cache.set('b', 'B', 1);
    cache.get('a');
    cache.set('c', 'C', 1);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['A', undefined, 'C']);
  });

  it('makes room in bytes', () => {
    const cache = cacheOf({ maxBytes: 3 * OVERHEAD });
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      cache.set(key, key, 10);
      expect(cache.bytes).toBeLessThanOrEqual(3 * OVERHEAD);
    }
    expect(cache.size).toBe(2);
  });

  it('does not keep what it has no room for, nor what was there before it', () => {
    const cache = cacheOf({ maxBytes: 200 });
    cache.set('a', 'A', 10);
    cache.set('a', 'AA', 201);
    expect([cache.get('a'), cache.bytes]).toEqual([undefined, 0]);
  });

  it('counts a value that takes the place of another once', () => {
    const cache = cacheOf();
    cache.set('a', 'A', 10);
    cache.set('a', 'B', 20);
    expect([cache.get('a'), cache.bytes, cache.size]).toEqual(['B', 20 + OVERHEAD, 1]);
  });

  it('keeps nothing without time', () => {
    const cache = cacheOf({ ttlMs: 0 });
    cache.set('a', 'A', 10);
    expect([cache.get('a'), cache.size]).toEqual([undefined, 0]);
  });
});
