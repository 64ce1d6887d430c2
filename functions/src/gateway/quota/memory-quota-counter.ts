import { LruMap } from '../predict/lru-map.ts';
import { full, type QuotaCounter, windowNumber, windowsOf } from './quota-counter.ts';

/** Callers whose counts are kept; beyond that, whoever asked longest ago begins anew. */
const MAX_KEYS = 10_000;

interface Count {
  readonly number: number;
  taken: number;
}

/** Counts for one process. A fleet of gateways lets through as many times the quota as it has processes. */
export function createMemoryQuotaCounter(): QuotaCounter {
  const counts = new LruMap<string, Count>(MAX_KEYS);
  const countOf = (id: string, number: number): Count => {
    const known = counts.get(id);
    return known?.number === number ? known : { number, taken: 0 };
  };
  return {
    async take(key, quota, nowMs) {
      const windows = windowsOf(quota).map((window) => {
        const id = `${window.name} ${key}`;
        return { window, id, count: countOf(id, windowNumber(nowMs, window.ms)) };
      });
      const overfull = windows.find(({ window, count }) => count.taken >= window.limit);
      if (overfull !== undefined) {
        return full(overfull.window, nowMs);
      }
      for (const { id, count } of windows) {
        count.taken++;
        counts.set(id, count);
      }
      return { kind: 'taken' };
    },
  };
}
