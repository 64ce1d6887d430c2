import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { QuotaCounter } from '../../functions/src/gateway/quota/quota-counter.ts';

/** Half a second past a minute that ends neither a day nor an hour. */
const NOW = Date.parse('2026-05-01T12:34:00.500Z');
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** What every QuotaCounter promises; but for what a stand-in for its database does not, with the reason. */
export function describeQuotaCounter(
  make: () => Promise<{ readonly counter: QuotaCounter } & AsyncDisposable>,
  notAtomic?: string,
): void {
  describe('a counter of quotas', () => {
    let made: { readonly counter: QuotaCounter } & AsyncDisposable;
    let key: string;

    beforeEach(async () => {
      made = await make();
      key = randomUUID();
    });
    afterEach(async () => {
      await made[Symbol.asyncDispose]();
    });

    const take = (quota: Parameters<QuotaCounter['take']>[1], now = NOW, whose = key) =>
      made.counter.take(whose, quota, now);

    /** Whether each of so many requests passes, one after another. */
    const passes = async (times: number, quota: Parameters<QuotaCounter['take']>[1], now = NOW): Promise<boolean[]> => {
      const answers: boolean[] = [];
      for (let time = 0; time < times; time++) {
        answers.push((await take(quota, now)).kind === 'taken');
      }
      return answers;
    };

    it.each([
      ['perSecond', 'second', Date.parse('2026-05-01T12:34:01Z')],
      ['perMinute', 'minute', Date.parse('2026-05-01T12:35:00Z')],
      ['perDay', 'day', Date.parse('2026-05-02T00:00:00Z')],
    ] as const)('lets as many pass as %s says, and begins anew with the next %s', async (field, name, untilMs) => {
      const quota = { [field]: 2 };
      expect(await passes(2, quota)).toEqual([true, true]);
      expect(await take(quota)).toMatchObject({ kind: 'full', window: { name, limit: 2 }, untilMs });
      expect(await take(quota, untilMs - 1)).toMatchObject({ kind: 'full' });
      expect(await passes(3, quota, untilMs)).toEqual([true, true, false]);
    });

    it('names the shortest window that is full', async () => {
      const quota = { perSecond: 1, perMinute: 2, perDay: 3 };
      expect(await take(quota)).toEqual({ kind: 'taken' });
      expect(await take(quota)).toMatchObject({ window: { name: 'second' } });
      expect(await take(quota, NOW + SECOND_MS)).toEqual({ kind: 'taken' });
      expect(await take(quota, NOW + 2 * SECOND_MS)).toMatchObject({ window: { name: 'minute' } });
      expect(await take(quota, NOW + MINUTE_MS)).toEqual({ kind: 'taken' });
      expect(await take(quota, NOW + 2 * MINUTE_MS)).toMatchObject({ window: { name: 'day' } });
    });

    it('does not count what it refuses in a longer window', async () => {
      const quota = { perSecond: 1, perDay: 2 };
      expect(await passes(5, quota)).toEqual([true, false, false, false, false]);
      expect(await take(quota, NOW + SECOND_MS)).toEqual({ kind: 'taken' });
    });

    it('counts each key for itself', async () => {
      const quota = { perMinute: 1 };
      expect(await take(quota)).toEqual({ kind: 'taken' });
      expect(await take(quota, NOW, `${key}2`)).toEqual({ kind: 'taken' });
      expect(await take(quota)).toMatchObject({ kind: 'full' });
    });

    it.skipIf(notAtomic !== undefined)(
      `gives the last places away once, to requests that come together${notAtomic ?? ''}`,
      async () => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => take({ perSecond: 7, perDay: 100 })));
        expect(answers.filter(({ kind }) => kind === 'taken')).toHaveLength(7);
      },
    );

    it('takes a quota that is raised or lowered at its word', async () => {
      expect(await passes(3, { perDay: 2 })).toEqual([true, true, false]);
      expect(await passes(2, { perDay: 3 })).toEqual([true, false]);
      expect(await passes(1, { perDay: 1 })).toEqual([false]);
    });

    it('lets everything pass of a quota without limits', async () => {
      expect(await passes(3, {})).toEqual([true, true, true]);
    });
  });
}
