import type { Quota } from '../../authorizer/quota.ts';

/** A stretch of time whose requests are counted together: fixed ones, from the full second, minute and day of UTC on. */
export interface QuotaWindow {
  readonly name: 'second' | 'minute' | 'day';
  readonly ms: number;
  readonly limit: number;
}

export type Taken =
  | { readonly kind: 'taken' }
  /** The window is full; the next begins at `untilMs`, milliseconds since 1970. */
  | { readonly kind: 'full'; readonly window: QuotaWindow; readonly untilMs: number };

/** Counts requests by key. */
export interface QuotaCounter {
  /**
   * Counts one request at `nowMs` (milliseconds since 1970), unless a window of the quota is full. Two requests at once
   * never both take the last place. Rejects when it cannot count.
   */
  take(key: string, quota: Quota, nowMs: number): Promise<Taken>;
}

const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const DAY_MS = 24 * 60 * MINUTE_MS;

/** The windows that a quota limits, the shortest first. */
export function windowsOf({ perSecond, perMinute, perDay }: Quota): readonly QuotaWindow[] {
  return [
    { name: 'second', ms: SECOND_MS, limit: perSecond } as const,
    { name: 'minute', ms: MINUTE_MS, limit: perMinute } as const,
    { name: 'day', ms: DAY_MS, limit: perDay } as const,
  ].flatMap(({ limit, ...window }) => (limit === undefined ? [] : [{ ...window, limit }]));
}

/** Which of the windows of this length it is, counted from 1970. */
export function windowNumber(nowMs: number, windowMs: number): number {
  return Math.floor(nowMs / windowMs);
}

export function full(window: QuotaWindow, nowMs: number): Taken {
  return { kind: 'full', window, untilMs: (windowNumber(nowMs, window.ms) + 1) * window.ms };
}
