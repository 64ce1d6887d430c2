import { describe, expect, it } from 'vitest';
import { LruMap } from '../../../../functions/src/gateway/predict/lru-map.ts';

describe('LruMap', () => {
  it('drops the entry that was not used for longest', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([1, undefined, 3]);
  });

  it('replaces the value of a key without dropping another', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    expect(['a', 'b'].map((key) => map.get(key))).toEqual([3, 2]);
  });
});
